CREATE TABLE comments (id serial PRIMARY KEY, user_id text NOT NULL REFERENCES users (id), item_slug text NOT NULL, body text NOT NULL, rating smallint, deleted_at timestamp);
--> statement-breakpoint
CREATE TYPE vote_kind AS ENUM ('up', 'down');
--> statement-breakpoint
CREATE TABLE votes (user_id text NOT NULL REFERENCES users (id), item_slug text NOT NULL, kind vote_kind NOT NULL, PRIMARY KEY (user_id, item_slug));
--> statement-breakpoint
CREATE TABLE activity_logs (id bigserial PRIMARY KEY, user_id text, action text NOT NULL, at timestamp NOT NULL, ip inet, data json);
