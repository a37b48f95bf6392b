-- Data for the lab, the same at every run. Variable: :rows (of sessions).
\set ON_ERROR_STOP on
SET timezone = 'UTC';
BEGIN;
INSERT INTO servers SELECT md5('server' || n)::uuid, (ARRAY['Kino', '映画館', 'Wohnzimmer'])[n], (ARRAY['plex', 'jellyfin', 'emby'])[n], decode(md5('token' || n), 'hex') FROM generate_series(1, 3) n;
INSERT INTO server_users (server_id, name, trust_score) SELECT md5('server' || 1 + n % 3)::uuid, (ARRAY['Jürgen', 'さくら', 'Оля', 'Inês'])[1 + n % 4] || n, 100 - n FROM generate_series(1, 40) n;
INSERT INTO sessions (id, user_id, started_at, stopped_at, title, place, ip, player)
SELECT md5('session' || n)::uuid, 1 + n % 40, '2025-11-01Z'::timestamptz + n % 210 * interval '1 day' + n * interval '17 seconds',
	'2025-11-01Z'::timestamptz + n % 210 * interval '1 day' + n * interval '17 seconds' + interval '40 minutes',
	(ARRAY['Das Boot', '千と千尋の神隠し', 'Сталкер', 'Cléo de 5 à 7'])[1 + n % 4] || ' ' || n % 300, point(n % 180, n % 90), ('198.51.' || n % 100 || '.' || n % 250)::inet,
	jsonb_build_object('device', md5((n % 900)::text), 'bitrate', n * 7 % 20000, 'paused', n % 5 = 0) FROM generate_series(1, :rows) n;
INSERT INTO library_snapshots SELECT '2025-11-01Z'::timestamptz + n * interval '12 hours', md5('server' || 1 + n % 3)::uuid, 1000 + n, n * 123456789012 FROM generate_series(1, 400) n;
CREATE ROLE grafana LOGIN PASSWORD 'grafana-only';
GRANT SELECT ON sessions, daily_plays TO grafana;
COMMIT;
ANALYZE;
