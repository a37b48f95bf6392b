CREATE EXTENSION IF NOT EXISTS timescaledb;
--> statement-breakpoint
CREATE TABLE servers (id uuid PRIMARY KEY, name text NOT NULL, kind text NOT NULL CHECK (kind IN ('plex', 'jellyfin', 'emby')), token bytea NOT NULL);
--> statement-breakpoint
CREATE TABLE server_users (id serial PRIMARY KEY, server_id uuid NOT NULL REFERENCES servers (id), name text NOT NULL, trust_score smallint NOT NULL DEFAULT 100);
--> statement-breakpoint
CREATE TABLE sessions (
	id uuid NOT NULL DEFAULT gen_random_uuid(),
	user_id integer NOT NULL REFERENCES server_users (id),
	started_at timestamptz NOT NULL,
	stopped_at timestamptz,
	title text NOT NULL,
	place point,
	ip inet NOT NULL,
	player jsonb NOT NULL DEFAULT '{}',
	PRIMARY KEY (id, started_at)
);
--> statement-breakpoint
CREATE TABLE library_snapshots (taken_at timestamptz NOT NULL, server_id uuid NOT NULL, items integer NOT NULL, bytes numeric(20) NOT NULL);
