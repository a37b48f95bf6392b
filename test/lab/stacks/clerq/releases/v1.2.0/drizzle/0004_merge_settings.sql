UPDATE settings SET value = value || '{"merged": true}' WHERE jsonb_typeof(value) = 'object';
--> statement-breakpoint
ALTER TABLE settings ADD COLUMN workspace_id integer NOT NULL REFERENCES workspaces (id);
