CREATE TYPE run_status AS ENUM ('running', 'success', 'failure', 'timeout');
--> statement-breakpoint
CREATE TABLE users (id text PRIMARY KEY, name text NOT NULL, email text UNIQUE, avatar bytea);
--> statement-breakpoint
CREATE TABLE jobs (
	id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
	user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	name text NOT NULL,
	status text NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'paused', 'archived')),
	created_at timestamptz NOT NULL DEFAULT now()
);
--> statement-breakpoint
CREATE TABLE job_endpoints (
	id serial PRIMARY KEY,
	job_id uuid NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
	url text NOT NULL,
	headers jsonb NOT NULL DEFAULT '{}',
	run_every interval NOT NULL DEFAULT '1 hour',
	next_run_at timestamptz NOT NULL,
	last_run_at timestamptz
);
--> statement-breakpoint
CREATE TABLE runs (
	id bigserial PRIMARY KEY,
	endpoint_id integer NOT NULL REFERENCES job_endpoints (id) ON DELETE CASCADE,
	status run_status NOT NULL,
	started_at timestamptz NOT NULL DEFAULT now(),
	duration_ms integer,
	response jsonb,
	error text
);
--> statement-breakpoint
CREATE INDEX runs_recent ON runs (endpoint_id, started_at DESC);
