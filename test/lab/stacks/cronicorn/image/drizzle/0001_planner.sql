CREATE TABLE ai_sessions (
	id integer GENERATED ALWAYS AS IDENTITY (START WITH 100) PRIMARY KEY,
	endpoint_id integer REFERENCES job_endpoints (id) ON DELETE SET NULL,
	reasoning text NOT NULL,
	tokens integer NOT NULL,
	tools jsonb[] NOT NULL DEFAULT '{}'
);
--> statement-breakpoint
CREATE VIEW failing_endpoints AS
SELECT e.id, e.url, count(*) AS failures FROM job_endpoints e JOIN runs r ON r.endpoint_id = e.id
WHERE r.status IN ('failure', 'timeout') GROUP BY e.id;
