CREATE TABLE seed_status (id text PRIMARY KEY DEFAULT 'singleton' CHECK (id = 'singleton'), status text NOT NULL, started_at timestamp NOT NULL, completed_at timestamp, error text);
--> statement-breakpoint
CREATE TABLE roles (id text PRIMARY KEY, name text NOT NULL UNIQUE, is_admin boolean NOT NULL);
--> statement-breakpoint
CREATE TABLE users (id text PRIMARY KEY, email text NOT NULL UNIQUE, image bytea, created_at timestamp NOT NULL DEFAULT now());
--> statement-breakpoint
CREATE TABLE user_roles (user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE, role_id text NOT NULL REFERENCES roles (id), PRIMARY KEY (user_id, role_id));
