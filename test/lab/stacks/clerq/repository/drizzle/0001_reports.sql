CREATE VIEW client_balance AS
SELECT c.id, c.name, coalesce(sum(i.gross) FILTER (WHERE i.status IN ('sent', 'overdue')), 0) AS open_amount
FROM clients c LEFT JOIN invoices i ON i.client_id = c.id
GROUP BY c.id, c.name;
--> statement-breakpoint
CREATE VIEW unpaid_clients WITH (security_barrier) AS SELECT id, name, open_amount FROM client_balance WHERE open_amount > 0;
--> statement-breakpoint
CREATE MATERIALIZED VIEW monthly_hours AS
SELECT p.client_id, date_trunc('month', t.started_at AT TIME ZONE 'UTC') AS month, sum(t.hours) AS hours
FROM time_entries t JOIN projects p ON p.id = t.project_id
GROUP BY 1, 2;
--> statement-breakpoint
CREATE UNIQUE INDEX monthly_hours_key ON monthly_hours (client_id, month);
--> statement-breakpoint
CREATE FUNCTION touch_invoice() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	IF NEW IS DISTINCT FROM OLD THEN
		NEW.changed_at := now();
	END IF;
	RETURN NEW;
END
$$;
--> statement-breakpoint
CREATE TRIGGER invoices_touch BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION touch_invoice();
--> statement-breakpoint
CREATE INDEX clients_by_name ON clients (lower(name));
--> statement-breakpoint
CREATE INDEX clients_by_tag ON clients USING gin (tags);
--> statement-breakpoint
CREATE INDEX invoices_open ON invoices (issued_on) WHERE status IN ('sent', 'overdue');
--> statement-breakpoint
COMMENT ON TABLE clients IS 'People and firms who are billed; names in whatever script they use.';
--> statement-breakpoint
COMMENT ON COLUMN invoices.pdf IS 'Large object with the signed PDF';
--> statement-breakpoint
COMMENT ON VIEW client_balance IS 'What each client still owes';
