-- Data for the lab, the same at every run. Variable: :rows (of activity_logs).
\set ON_ERROR_STOP on
SET timezone = 'UTC';
BEGIN;
INSERT INTO users SELECT 'user_' || n, (ARRAY['åsa', 'lê', 'иван', '莉'])[1 + n % 4] || n || '@everworks.example', decode(repeat(md5(n::text), 20), 'hex'), '2025-09-01' FROM generate_series(1, 120) n;
INSERT INTO user_roles SELECT 'user_' || n, CASE WHEN n = 1 THEN 'r_admin' ELSE 'r_user' END FROM generate_series(1, 120) n;
INSERT INTO comments (user_id, item_slug, body, rating) SELECT 'user_' || 1 + n % 120, (ARRAY['lighthouse', 'rettungsboot'])[1 + n % 2], E'Très bien — 素晴らしい\n"' || md5(n::text) || E'"\t;--', 1 + n % 5 FROM generate_series(1, 500) n;
DELETE FROM comments WHERE id % 13 = 0;
INSERT INTO votes SELECT 'user_' || n, 'lighthouse', (ARRAY['up', 'down'])[1 + n % 2]::vote_kind FROM generate_series(1, 120) n;
INSERT INTO activity_logs (user_id, action, at, ip, data) SELECT 'user_' || 1 + n % 120, (ARRAY['SIGN_IN', 'VIEW', 'COMMENT'])[1 + n % 3], '2025-10-01'::timestamp + n * interval '47 seconds', ('203.0.113.' || n % 250)::inet, json_build_object('agent', md5((n % 90)::text), 'n', n) FROM generate_series(1, :rows) n;
INSERT INTO subscriptions SELECT md5('sub' || n)::uuid, 'user_' || n, 'pro', n * 1.2345, tstzrange('2025-10-01Z', '2026-10-01Z') FROM generate_series(1, 40) n;
COMMIT;
ANALYZE;
