-- Data for the lab, the same at every run. Variables: :rows (of time_entries).
\set ON_ERROR_STOP on
SET client_min_messages = warning;
SET timezone = 'UTC';
BEGIN;

CREATE FUNCTION pg_temp.pick(words text[], n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT words[1 + (abs(hashint8(n)) % array_length(words, 1))] $$;

CREATE FUNCTION pg_temp.bytes(size integer, n bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS
$$ SELECT substring(string_agg(decode(md5(n || '/' || i), 'hex'), ''::bytea ORDER BY i) FOR size) FROM generate_series(0, size / 16) i $$;

CREATE FUNCTION pg_temp.prose(words integer, n bigint) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT string_agg(pg_temp.pick(ARRAY['invoice', 'Besprechung', 'réunion', 'проект', '設計', 'diseño', 'مراجعة', 'correção', 'projekt', 'δοκιμή',
	'review', 'call', 'deploy', 'Übergabe', 'naïve', 'test', 'fix', 'draft', '見積', 'plan', 'budget', 'sprint', 'kód', 'lunch', 'тест'],
	n * 31 + i), ' ' ORDER BY i) FROM generate_series(1, words) i $$;

INSERT INTO "user" (id, name, email, email_verified) VALUES
	('u_ana', 'Ana Kovač', 'ana@clerq.example', true),
	('u_li', '李小龙', 'li@clerq.example', true),
	('u_omar', 'عمر الفاروق', 'omar@clerq.example', false);
-- The password of all three is "correct horse".
INSERT INTO account (user_id, password)
SELECT id, '6c61622d73616c74:5399e267c818f1eecaf3110cceb7bcccede49174bf0cbbdceb0bb05f01ededb3' FROM "user";
INSERT INTO session (id, user_id, expires_at, ip_address, user_agent)
SELECT md5('session' || n)::uuid, pg_temp.pick(ARRAY['u_ana', 'u_li', 'u_omar'], n), '2026-07-01Z'::timestamptz + n * interval '1 hour',
	('192.0.2.' || n)::inet, 'Mozilla/5.0 (lab ' || n || ')' FROM generate_series(1, 25) n;

INSERT INTO clients (name, country, email, address, tags, created_at)
SELECT pg_temp.pick(ARRAY['Žiga & sinovi', 'Müller GmbH', 'Café Déjà Vu', '株式会社さくら', 'ООО «Ромашка»', 'مؤسسة النور', 'Ångström AB', 'O''Brien "Bros"',
		'Łódź Sp. z o.o.', 'Ελληνικά Α.Ε.', 'Back\slash Ltd', 'Tab	and', '한국상사', 'São João Ltda', '🦊 Studio', 'Zero %$1'], n) || ' ' || n,
	pg_temp.pick(ARRAY['AT', 'DE', 'FR', 'JP', 'PL', 'BR', 'EG', 'KR'], n * 7),
	CASE WHEN n % 5 > 0 THEN 'office' || n || '@client.example' END,
	jsonb_build_object('street', pg_temp.prose(2, n), 'zip', lpad((n * 37 % 10000)::text, 4, '0'), 'geo', jsonb_build_array(n * 0.5, -n * 0.25), 'note', NULL),
	ARRAY[pg_temp.pick(ARRAY['vip', 'late', 'nové', '大口'], n), 'c' || n % 7],
	'2024-01-01Z'::timestamptz + n * interval '3 days 7 hours'
FROM generate_series(1, 80) n;
DELETE FROM clients WHERE id % 9 = 0;

INSERT INTO logos SELECT id, 'image/png', '\x89504e470d0a1a0a'::bytea || pg_temp.bytes(200 + id * 40, id) FROM clients WHERE id % 2 = 0;

INSERT INTO projects (client_id, name, hourly_rate, currency, settings, active)
SELECT id, pg_temp.prose(3, id * 100 + k), 40 + (id * k % 90), pg_temp.pick(ARRAY['EUR', 'USD', 'JPY', 'PLN'], id),
	json_build_object('colour', '#' || substr(md5(id::text), 1, 6), 'b', k, 'a', 'first'), daterange('2024-01-01'::date + id, CASE WHEN k = 1 THEN NULL ELSE '2026-12-31'::date END)
FROM clients, generate_series(1, 2) k ON CONFLICT DO NOTHING;
UPDATE projects SET parent_id = id - 1 WHERE id % 11 = 0 AND id - 1 IN (SELECT id FROM projects);

CREATE TEMPORARY TABLE notes ON COMMIT DROP AS SELECT i AS id, pg_temp.prose(14, i) AS text FROM generate_series(0, 499) i;
CREATE TEMPORARY TABLE project_ids ON COMMIT DROP AS SELECT row_number() OVER (ORDER BY id) - 1 AS k, id, count(*) OVER () AS total FROM projects;
ANALYZE notes, project_ids;
-- Every project exists; checking the foreign key a million times would take longer than all the rest.
SET LOCAL session_replication_role = replica;
INSERT INTO time_entries (id, project_id, started_at, minutes, note, details)
SELECT n, p.id,
	'2023-12-20Z'::timestamptz + (n::bigint * 2654435761 % 1150) * interval '1 day' + (n % 600) * interval '1 minute', n * 13 % 480,
	CASE WHEN n % 17 > 0 THEN a.text || ' ' || md5(n::text) || E'\n' || b.text END,
	CASE WHEN n % 3 = 0 THEN jsonb_build_object('source', (ARRAY['timer', 'manual', 'import'])[1 + n / 3 % 3], 'device', substr(md5((n / 7)::text), 1, 12), 'billable', n % 4 > 0) END
FROM generate_series(1, :rows) n
JOIN project_ids p ON p.k = n % p.total
JOIN notes a ON a.id = n % 500
JOIN notes b ON b.id = n / 500 % 500;
SET LOCAL session_replication_role = origin;
SELECT setval(pg_get_serial_sequence('time_entries', 'id'), :rows);

INSERT INTO invoices (client_id, status, net, tax_rate, currency, issued_on, changed_at)
SELECT c.id, pg_temp.pick(ARRAY['draft', 'sent', 'paid', 'overdue', 'cancelled'], n)::invoice_status, (n * 7919 % 500000) / 100.0,
	pg_temp.pick(ARRAY['0.2', '0.19', '0.055', '0'], n * 3)::numeric, pg_temp.pick(ARRAY['EUR', 'USD', 'JPY'], n), '2024-02-01'::date + (n % 800)::integer, '2026-06-01Z'
FROM generate_series(1, 420) n JOIN (SELECT id, row_number() OVER (ORDER BY id) AS k FROM clients) c ON c.k = 1 + n % 71;
INSERT INTO invoice_lines SELECT i.id, k, pg_temp.prose(4, i.id * 10 + k), k * 1.5, 19.9 * k FROM invoices i, generate_series(1, 3) k;
DELETE FROM invoices WHERE id IN (7, 8, 100, 420);

INSERT INTO expenses (project_id, spent_on, amount, currency, merchant, metadata, owner)
SELECT CASE WHEN n % 4 > 0 THEN (SELECT min(id) FROM projects) + n % 60 END, '2025-01-01'::date + n::integer, n * 3.33, 'EUR',
	pg_temp.pick(ARRAY['ÖBB', 'SNCF', '東日本旅客鉄道', 'Żabka', 'Bäckerei', 'AWS'], n), jsonb_build_object('vat', n % 3 = 0, 'tags', jsonb_build_array('a', n)),
	CASE WHEN n % 2 = 0 THEN current_user ELSE 'clerq_books' END
FROM generate_series(1, 300) n;
UPDATE expenses SET project_id = NULL WHERE project_id NOT IN (SELECT id FROM projects);
INSERT INTO receipts (expense_id, file_name, content)
SELECT 1 + n % 300, pg_temp.prose(1, n) || '-' || n || '.pdf', '%PDF-1.7'::bytea || pg_temp.bytes(4000 + n * 13 % 9000, n) FROM generate_series(1, 60) n;

INSERT INTO settings VALUES
	('company', '{"name": "Clerq Büro", "iban": "AT00 0000 0000 0000 0000", "languages": ["de", "sl", "ja"]}'),
	('numbering', '{"prefix": "INV-", "step": 3}'), ('theme', '"dark"'), ('limits', '[1, 2.50, 1e3, null, true]');

SELECT setval('clients_id_seq', 5000), nextval('invoice_number'), setval('expenses_id_seq', 777, false);

UPDATE invoices SET pdf = lo_from_bytea(0, '%PDF-1.7'::bytea || pg_temp.bytes(70000, id)) WHERE id IN (1, 2, 3);
REFRESH MATERIALIZED VIEW monthly_hours;

CREATE ROLE clerq_readers NOLOGIN;
CREATE ROLE clerq_report LOGIN PASSWORD 'report-only' CONNECTION LIMIT 5 IN ROLE clerq_readers;
CREATE ROLE clerq_books LOGIN PASSWORD 'b00ks/&%#' VALID UNTIL '2031-01-01';
CREATE ROLE "Clerq Auditor" NOLOGIN NOINHERIT;
GRANT clerq_books TO "Clerq Auditor" WITH ADMIN OPTION;
GRANT USAGE ON SCHEMA public TO clerq_readers;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerq_readers;
GRANT SELECT (id, name), UPDATE (tags) ON clients TO clerq_books;
GRANT SELECT, INSERT, UPDATE ON expenses, receipts TO clerq_books WITH GRANT OPTION;
GRANT USAGE ON SEQUENCE expenses_id_seq, receipts_id_seq TO clerq_books;
REVOKE ALL ON FUNCTION touch_invoice() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION touch_invoice() TO clerq_books;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO clerq_readers;
ALTER TABLE settings OWNER TO clerq_books;
DO $$
DECLARE pdf oid;
BEGIN
	FOR pdf IN SELECT i.pdf FROM invoices i WHERE i.pdf IS NOT NULL LOOP
		EXECUTE format('GRANT SELECT ON LARGE OBJECT %s TO clerq_readers', pdf);
	END LOOP;
	EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Europe/Vienna');
	EXECUTE format('ALTER DATABASE %I SET search_path = public, drizzle', current_database());
	EXECUTE format('COMMENT ON DATABASE %I IS %L', current_database(), 'Clerq: clients, time and money');
	EXECUTE format('ALTER ROLE clerq_report IN DATABASE %I SET statement_timeout = %L', current_database(), '30s');
	EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;
ALTER ROLE clerq_report SET work_mem = '8MB';
COMMIT;
ANALYZE;
