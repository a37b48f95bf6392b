import {execFileSync} from 'node:child_process';
import {expect, test} from 'vitest';
import {describeDatabase} from '../../source/bundle/database-sql.js';
import {buildManifest, type ManifestContent, type ManifestDatabase} from '../../source/bundle/manifest.js';
import {renderRestoreGuide} from '../../source/bundle/restore-guide.js';
import {sampleContent, sampleDatabase} from './sample.js';

function guide(change: Partial<ManifestContent> = {}): string {
	const content = {createdAt: '2026-06-14T02:00:00.000Z', ...sampleContent(change)};
	const parts = ['databases/clerq.dump', 'globals.sql', 'config/.env'].map(path => ({
		path,
		bytes: 1,
		sha256: 'a'.repeat(64),
		kind: path.startsWith('config/') ? ('config' as const) : ('dump' as const),
	}));
	return renderRestoreGuide(buildManifest(content, parts));
}

function server(database: Partial<ManifestDatabase>, change: object = {}): Pick<ManifestContent, 'servers'> {
	const [first] = sampleContent().servers;
	if (first === undefined) throw new Error('the sample has a server');
	return {servers: [{...first, databases: [sampleDatabase(database)], ...change}]};
}

const blocks = (text: string) => [...text.matchAll(/```sh\n([\s\S]*?)\n```/gu)].map(match => match[1] ?? '');
const odd = 'my "odd" db; it\'s $HOME';

test.each([
	['a usual database', guide()],
	[
		'an odd name',
		guide(
			server({
				name: odd,
				owner: 'o"wner',
				dump: {path: "databases/odd it's.dump", format: 'custom', compression: 'zstd', withoutOwners: true},
			}),
		),
	],
	[
		'plain SQL',
		guide(server({dump: {path: 'databases/clerq.sql.gz', format: 'plain', compression: 'gzip', withoutOwners: false}})),
	],
	[
		'the directory format',
		guide(server({dump: {path: 'databases/clerq', format: 'directory', compression: 'zstd', withoutOwners: false}})),
	],
	['TimescaleDB', guide(server({extensions: [{name: 'timescaledb', version: '2.19.3', schema: 'public'}]}))],
	['a server outside of the stack', guide(server({}, {external: {host: 'db.example.org', port: 6543}, globals: null}))],
	[
		'volumes',
		guide({
			volumes: [
				{
					name: "up loads'",
					service: 'app',
					target: '/data',
					type: 'volume',
					source: null,
					path: 'volumes/up loads.tar.gz',
				},
			],
		}),
	],
])('every command of the guide is good shell: %s', (_, text) => {
	expect(blocks(text).length).toBeGreaterThan(6);
	for (const block of blocks(text)) execFileSync('sh', ['-n'], {input: block});
	expect(text).not.toMatch(/undefined|\[object|null/u);
});

test('the guide names the database, its owner, roles, checksums and rows', () => {
	const text = guide();
	expect(text).toContain(
		"CREATE DATABASE \"clerq\" WITH TEMPLATE template0 OWNER \"clerq\" ENCODING 'UTF8' LC_COLLATE 'en_US.utf8' LC_CTYPE 'en_US.utf8' LOCALE_PROVIDER libc",
	);
	expect(text).toContain(
		'docker compose exec -T postgres pg_restore -U clerq --exit-on-error -d clerq < "$B"/databases/clerq.dump',
	);
	expect(text).toContain('psql -U clerq -X -d postgres < "$B"/globals.sql');
	expect(text).toContain(`${'a'.repeat(64)}  databases/clerq.dump`);
	expect(text).toContain('| public.invoices | 3400 |');
	expect(text).toContain('0002_add_expenses');
});

test('TimescaleDB is restored between its two calls', () => {
	const text = guide(server({extensions: [{name: 'timescaledb', version: '2.19.3', schema: 'public'}]}));
	const order = [
		"CREATE EXTENSION timescaledb VERSION '2.19.3'",
		'timescaledb_pre_restore()',
		'pg_restore -U',
		'timescaledb_post_restore()',
	];
	const places = order.map(word => text.indexOf(word));
	expect(places).toEqual([...places].sort((one, other) => one - other));
	expect(places).not.toContain(-1);
});

test('a partial dump says so first, with what it lacks', () => {
	const text = guide(
		server({
			partial: {schemaOnly: false, tables: ['public.clients'], lacks: ['indexes of other tables', 'large objects']},
		}),
	);
	expect(text).toContain('This dump is partial: it has only `public.clients`');
	expect(text).toContain('indexes of other tables; large objects');
});

test('properties of a database come out as SQL for the server that will run it', () => {
	const database = sampleDatabase({
		name: odd,
		localeProvider: 'icu',
		locale: 'de-DE',
		connectionLimit: 5,
		tablespace: 'fast',
		comment: "it's",
		settings: [
			{role: null, name: 'search_path', value: '"$user", public, "My Schema"'},
			{role: 'app', name: 'app.jwt_secret', value: "it's"},
			{role: null, name: 'temp_tablespaces', value: ''},
		],
		grants: [{role: 'app', privilege: 'CONNECT', grantable: true}],
	});
	const [create, ...properties] = describeDatabase(database, {major: 17, name: 'staging'});
	expect(create).toBe(
		`CREATE DATABASE "staging" WITH TEMPLATE template0 OWNER "clerq" ENCODING 'UTF8' LC_COLLATE 'en_US.utf8' LC_CTYPE 'en_US.utf8' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE' TABLESPACE "fast"`,
	);
	expect(properties).toEqual([
		`ALTER DATABASE "staging" SET "search_path" TO '$user', 'public', 'My Schema'`,
		`ALTER ROLE "app" IN DATABASE "staging" SET "app"."jwt_secret" TO 'it''s'`,
		`ALTER DATABASE "staging" SET "temp_tablespaces" TO ''`,
		'REVOKE ALL ON DATABASE "staging" FROM PUBLIC',
		'GRANT CONNECT ON DATABASE "staging" TO "app" WITH GRANT OPTION',
		`COMMENT ON DATABASE "staging" IS 'it''s'`,
		'ALTER DATABASE "staging" CONNECTION LIMIT 5',
	]);
	expect(describeDatabase(sampleDatabase(), {major: 13})[0]).not.toContain('LOCALE_PROVIDER');
});
