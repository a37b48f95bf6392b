SELECT create_hypertable('sessions', 'started_at', chunk_time_interval => interval '14 days', migrate_data => true);
--> statement-breakpoint
SELECT create_hypertable('library_snapshots', 'taken_at', chunk_time_interval => interval '60 days');
--> statement-breakpoint
CREATE INDEX sessions_by_user ON sessions (user_id, started_at DESC);
--> statement-breakpoint
CREATE VIEW daily_plays AS SELECT time_bucket('1 day', started_at) AS day, user_id, count(*) AS plays FROM sessions GROUP BY 1, 2;
