ALTER TABLE expenses ADD COLUMN owner name NOT NULL DEFAULT current_user;
--> statement-breakpoint
ALTER TABLE expenses ENABLE ROW LEVEL SECURITY;
--> statement-breakpoint
CREATE POLICY own_expenses ON expenses USING (owner = current_user);
--> statement-breakpoint
CREATE TABLE settings (
	key text PRIMARY KEY,
	value jsonb NOT NULL
);
