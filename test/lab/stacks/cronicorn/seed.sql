-- Data for the lab, the same at every run. Variable: :rows (of runs).
\set ON_ERROR_STOP on
SET timezone = 'UTC';
BEGIN;
INSERT INTO users
SELECT 'u' || n, (ARRAY['Zoë', '山田', 'Илья', 'Søren', 'أمل'])[1 + n % 5], 'user' || n || '@cronicorn.example', decode(repeat(md5(n::text), 40), 'hex') FROM generate_series(1, 12) n;
INSERT INTO jobs (id, user_id, name, status, created_at)
SELECT md5('job' || n)::uuid, 'u' || 1 + n % 12, (ARRAY['Nightly rapport', '在庫の確認', 'Prüfung', 'Резервная копия', 'healthcheck'])[1 + n % 5] || ' #' || n,
	(ARRAY['active', 'paused', 'archived'])[1 + n % 3], '2025-09-01Z'::timestamptz + n * interval '5 hours' FROM generate_series(1, 60) n;
-- Due far in the future, so that the scheduler writes only when a test asks it to.
INSERT INTO job_endpoints (job_id, url, headers, run_every, next_run_at, last_run_at)
SELECT md5('job' || 1 + n % 60)::uuid, 'https://hooks.example/' || n, jsonb_build_object('authorization', 'Bearer ' || md5('key' || n)),
	n * interval '90 seconds', '2099-01-01Z', '2026-02-01Z'::timestamptz - n * interval '1 minute' FROM generate_series(1, 150) n;
INSERT INTO runs (endpoint_id, status, started_at, duration_ms, response, error)
SELECT 1 + n % 150, (ARRAY['success', 'success', 'success', 'failure', 'timeout'])[1 + n % 5]::run_status, '2025-10-01Z'::timestamptz + n * interval '41 seconds',
	n * 37 % 9000, jsonb_build_object('code', 200 + n % 5 * 100, 'body', md5(n::text) || md5((n / 10)::text)), CASE WHEN n % 5 = 3 THEN 'ECONNRESET' || E'\n\tat ' || md5((n / 50)::text) END
FROM generate_series(1, :rows) n;
DELETE FROM runs WHERE id % 97 = 0;
INSERT INTO ai_sessions (endpoint_id, reasoning, tokens, tools)
SELECT 1 + n % 150, 'Slow down: ' || repeat(md5(n::text) || ' ', 8), n * 11, ARRAY[jsonb_build_object('tool', 'pause', 'n', n)] FROM generate_series(1, 200) n;
CREATE ROLE metrics LOGIN PASSWORD 'metrics-only';
GRANT SELECT ON runs, job_endpoints TO metrics;
SELECT lo_from_bytea(0, decode(repeat(md5('export'), 500), 'hex'));
COMMIT;
ANALYZE;
