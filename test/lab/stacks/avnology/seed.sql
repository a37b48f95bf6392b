-- Data for the lab, the same at every run. Variable: :rows (of audit.events).
\set ON_ERROR_STOP on
SET timezone = 'UTC';
BEGIN;
INSERT INTO organizations (id, slug, display_name, branding, created_at)
SELECT md5('org' || n)::uuid, 'org-' || n, (ARRAY['Æther AS', '東京電力', 'Żubr', 'Nuño & Co', 'شركة'])[1 + n % 5] || ' ' || n, jsonb_build_object('colour', md5(n::text)), '2025-05-01Z'::timestamptz + n * interval '1 day'
FROM generate_series(1, 50) n;
INSERT INTO members SELECT md5('org' || 1 + n % 50)::uuid, md5('identity' || n)::uuid, (ARRAY['owner', 'member'])[1 + n % 2] FROM generate_series(1, 400) n;
INSERT INTO audit.events (organization_id, at, actor, change)
SELECT md5('org' || 1 + n % 50)::uuid, '2025-06-01Z'::timestamptz + n * interval '3 minutes', 'identity:' || md5('identity' || n % 400), jsonb_build_object('op', 'replace', 'path', '/' || md5((n % 70)::text), 'value', n)
FROM generate_series(1, :rows) n;
COMMIT;
\connect kratos
INSERT INTO identities (id, traits, created_at) SELECT md5('identity' || n)::uuid, jsonb_build_object('email', 'p' || n || '@avnology.example', 'name', (ARRAY['Ægir', '花子', 'Łukasz'])[1 + n % 3]), '2025-05-01Z' FROM generate_series(1, 400) n;
INSERT INTO courier_messages SELECT md5('mail' || n)::uuid, n % 3, repeat('Hallo ' || n || ' ', 10) FROM generate_series(1, 100) n;
\connect hydra
INSERT INTO hydra_client SELECT 'client-' || n, 'Client ' || n, jsonb_build_array('https://app' || n || '.example/callback') FROM generate_series(1, 30) n;
\connect keto
INSERT INTO keto_relation_tuples SELECT md5('tuple' || n)::uuid, 'orgs', 'org-' || 1 + n % 50, 'member', md5('identity' || n % 400) FROM generate_series(1, 900) n;
