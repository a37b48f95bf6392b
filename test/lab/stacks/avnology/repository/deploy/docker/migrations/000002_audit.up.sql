CREATE SCHEMA audit;
CREATE TABLE audit.events (
	id bigint GENERATED ALWAYS AS IDENTITY,
	organization_id uuid,
	at timestamptz NOT NULL,
	actor text NOT NULL,
	change jsonb NOT NULL
) PARTITION BY HASH (id);
CREATE TABLE audit.events_0 PARTITION OF audit.events FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE audit.events_1 PARTITION OF audit.events FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE INDEX events_change ON audit.events USING gin (change jsonb_path_ops);
