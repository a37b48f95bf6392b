import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {ensureImages} from '../lab/build-images.js';
import {describeLab} from '../lab/describe-lab.js';
import {attempt, run} from '../lab/run.js';
import {besides, extensionSql, type MajorStack, shopSql, startMajorStack} from './major-stack.js';

const settings = '{POSTGRES_USER: owner, POSTGRES_PASSWORD: "s3cret owner", POSTGRES_DB: shop}';
/** A service whose health is that it can ask the server. */
const asker = (image: string) => `
  app:
    image: ${image}
    restart: unless-stopped
    entrypoint: ["sh", "-c", "until psql -qAtc 'SELECT count(*) FROM goods'; do sleep 1; done; while psql -qAtc 'SELECT 1' >/dev/null; do sleep 1; done; exit 1"]
    environment: {PGHOST: db, PGUSER: owner, PGPASSWORD: "s3cret owner", PGDATABASE: shop}
    depends_on: [db]
`;

/** Whether a role signs in over the network of the stack, where a password is asked. */
async function signsIn(stack: MajorStack, role: string, password: string): Promise<boolean> {
	const image = 'postgres:17';
	const result = await attempt([
		...[
			'docker',
			'run',
			'--rm',
			`--network=${stack.project}_default`,
			'--env',
			`PGPASSWORD=${password}`,
			'--entrypoint=psql',
			image,
		],
		...['-X', '-h', 'db', '-U', role, '-d', 'shop', '-c', 'SELECT count(*) FROM goods'],
	]);
	return result.exitCode === 0;
}

describeLab('15 to 17 with an override, back, then 15 to 18, on a folder', () => {
	let stack: MajorStack;
	beforeAll(async () => {
		stack = await startMajorStack(
			'bind',
			['postgres:15', 'postgres:17', 'postgres:18'],
			`# The shop.\nservices:\n  db:\n    image: postgres:15   # pinned on purpose\n    environment: ${settings}\n    volumes:\n      - ./data:/var/lib/postgresql/data   # the data\n${asker('postgres:15')}`,
		);
		await stack.sql(`${shopSql} ${extensionSql}`);
		// As data folders begin that were made before 14: roles with verifiers of both kinds sign in.
		await stack.compose('exec', '-T', 'db', 'sh', '-c', 'sed -i "$ s/scram-sha-256/md5/" "$PGDATA/pg_hba.conf"');
		await stack.compose('restart', 'db');
		await stack.ready();
		expect([await signsIn(stack, 'clerk', 'scram-pass'), await signsIn(stack, 'veteran', 'md5-pass')]).toEqual([
			true,
			true,
		]);
	});
	afterAll(() => stack?.remove());

	test('rows, roles, passwords and settings arrive; rollback brings back everything, and the compose file is never touched', async () => {
		await stack.sql(
			"\\connect template1\nCREATE FUNCTION slug(name text) RETURNS text LANGUAGE sql AS $$ SELECT replace(lower(name), ' ', '-') $$",
		);
		const [rows, file] = [await stack.rows(), stack.file()];
		const shown = await stack.lifeboat('upgrade', '--postgres', '17', '--dry-run');
		expect(shown.document.plan.edit.diff.join('\n')).toContain('+    image: postgres:17   # pinned on purpose');
		expect(shown.document.plan.template).toEqual(['function slug']);
		expect(shown.stdout).not.toContain('s3cret');
		const up = await stack.lifeboat('upgrade', '--postgres', '17', '--override', '--yes');
		expect(up.exitCode, up.stderr).toBe(0);
		expect(up.document).toMatchObject({ok: true, from: {major: 15}, to: {major: 17}, rolledBack: false});
		expect(up.stderr).toMatch(/Stop app \(.*away for about \d+ s, as the backup took/);
		expect(await stack.sql('SHOW server_version')).toMatch(/^17/);
		expect(await stack.rows()).toEqual(rows);
		expect((await stack.sql('SHOW log_min_duration_statement')).trim()).toBe('1234ms');
		expect(await signsIn(stack, 'clerk', 'scram-pass')).toBe(true);
		expect(await signsIn(stack, 'veteran', 'md5-pass')).toBe(true);
		expect(await signsIn(stack, 'clerk', 'wrong')).toBe(false);
		const fresh =
			"CREATE DATABASE fresh;\n\\connect fresh\nSELECT slug('New Database');\n\\connect shop\nDROP DATABASE fresh";
		expect((await stack.sql(fresh)).trim()).toBe('new-database');
		expect(stack.file()).toBe(file);
		const override = join(stack.directory, 'docker-compose.override.yml');
		expect(readFileSync(override, 'utf8')).toContain('./data-17:/var/lib/postgresql/data');

		await stack.sql("INSERT INTO goods (name) VALUES ('written after the upgrade')");
		const plan = await stack.lifeboat('rollback', '--dry-run');
		expect(JSON.stringify(plan.document)).toContain('data-17');
		const back = await stack.lifeboat('rollback', '--yes');
		expect(back.document).toMatchObject({ok: true, action: 'undone', health: {ok: true}});
		expect(existsSync(override)).toBe(false);
		expect(await stack.rows()).toEqual(rows);
		const dropped = await stack.lifeboat('rollback', '--drop', '--yes');
		expect(dropped.exitCode, dropped.stderr).toBe(0);
		expect(existsSync(join(stack.directory, 'data-17'))).toBe(false);
	});

	test('15 to 18: the mount moves with the version, comments stay, the old folder goes when it is dropped', async () => {
		const [rows, file] = [await stack.rows(), stack.file()];
		const up = await stack.lifeboat('upgrade', '--postgres', '18', '--yes');
		expect(up.exitCode, up.stderr).toBe(0);
		expect(stack.file()).toBe(
			file
				.replace('postgres:15   #', 'postgres:18   #')
				.replace('./data:/var/lib/postgresql/data   #', './data-18:/var/lib/postgresql   #'),
		);
		expect(await stack.sql('SHOW server_version')).toMatch(/^18/);
		expect(await stack.rows()).toEqual(rows);
		expect((await stack.sql("SELECT extra -> 'since' FROM clients WHERE mail = 'client7@example.org'")).trim()).toBe(
			'2007',
		);
		expect([await signsIn(stack, 'clerk', 'scram-pass'), await signsIn(stack, 'veteran', 'md5-pass')]).toEqual([
			true,
			true,
		]);
		const dropped = await stack.lifeboat('rollback', '--drop', '--yes');
		expect(dropped.exitCode, dropped.stderr).toBe(0);
		expect(existsSync(join(stack.directory, 'data'))).toBe(false);
		await stack.compose('up', '--detach', '--force-recreate', 'db');
		await stack.ready();
		expect(await stack.rows()).toEqual(rows);
	});
});

describeLab('a careless tag bump, and what follows', () => {
	let stack: MajorStack;
	beforeAll(async () => {
		stack = await startMajorStack(
			'bump',
			['postgres:17', 'postgres:18'],
			`services:\n  db:\n    image: postgres:17\n    restart: always\n    environment: ${settings}\n    volumes: ["data:/var/lib/postgresql/data"]\n${asker('postgres:17')}\nvolumes: {data: {}}\n`,
		);
		await stack.sql(shopSql);
	});
	afterAll(() => stack?.remove());

	test('a server killed in the middle of the move: the old one is back by itself, and nothing is left', async () => {
		const [rows, file] = [await stack.rows(), stack.file()];
		const killing = killNewServer(stack.project);
		const up = await stack.lifeboat('upgrade', '--postgres', '18', '--yes');
		await killing;
		expect(up.exitCode).toBe(1);
		expect(up.document).toMatchObject({
			ok: false,
			rolledBack: true,
			health: {ok: true},
			error: {code: 'upgrade-failed'},
		});
		expect(stack.file()).toBe(file);
		expect(await stack.rows()).toEqual(rows);
		expect(await besides(stack.project)).toEqual([`${stack.project}_data`]);
	});

	test('other text order: indexes are built anew and the version is recorded', async () => {
		await stack.sql("UPDATE pg_database SET datcollversion = '1.0' WHERE datname = 'shop'");
		const reindexed = await stack.lifeboat('upgrade', '--postgres', '17', '--yes');
		expect(reindexed.exitCode, reindexed.stderr).toBe(0);
		expect(reindexed.document).toMatchObject({ok: true, action: 'reindex', indexes: 2});
		expect(
			(
				await stack.sql(
					"SELECT datcollversion = pg_database_collation_actual_version(oid) FROM pg_database WHERE datname = 'shop'",
				)
			).trim(),
		).toBe('t');
		expect((await stack.lifeboat('upgrade', '--postgres', '17', '--yes')).exitCode).toBe(3);
	});

	test('an image of 18 on the data of 17: the plain upgrade says what to type, and that brings the rows over', async () => {
		const rows = await stack.rows();
		stack.edit(text =>
			text.replace('image: postgres:17\n    restart: always', 'image: postgres:18\n    restart: always'),
		);
		await attempt(['docker', 'compose', 'up', '--detach'], {cwd: stack.directory});
		await crashLoops(stack.project);
		const plain = await stack.lifeboat('upgrade', '--yes');
		expect(plain.document.error).toMatchObject({
			code: 'preflight-failed',
			fix: ['lifeboat', 'upgrade', '--postgres', '18'],
		});
		const up = await stack.lifeboat('upgrade', '--postgres', '18', '--yes');
		expect(up.exitCode, up.stderr).toBe(0);
		expect(up.document).toMatchObject({from: {major: 17}, to: {major: 18}, health: {ok: true}});
		expect(up.document.backup).toMatch(/\.zip$/);
		expect(await stack.rows()).toEqual(rows);
	});
});

describeLab('another C library beneath the same tag', () => {
	const tag = `lifeboat-lab/libc/postgres:15-${process.pid}`;
	const newer = 'lifeboat-lab/postgres:15-newer-libc';
	let stack: MajorStack;
	const versions = () =>
		stack.sql(
			'SELECT DISTINCT datcollversion, pg_database_collation_actual_version(oid) FROM pg_database WHERE datallowconn',
		);
	const warning = async () =>
		(
			await attempt(['docker', 'compose', 'exec', '-T', 'db', 'psql', '-U', 'owner', '-c', '', 'shop'], {
				cwd: stack.directory,
			})
		).stderr;
	beforeAll(async () => {
		await ensureImages(['postgres:15', newer], () => {});
		await run(['docker', 'tag', 'postgres:15', tag]);
		stack = await startMajorStack(
			'libc',
			['postgres:15'],
			`services:\n  db:\n    image: ${tag}\n    environment: ${settings}\n    volumes: ["data:/var/lib/postgresql/data"]\n${asker('postgres:15')}\nvolumes: {data: {}}\n`,
		);
		await stack.sql(shopSql);
	});
	afterAll(async () => {
		await stack?.remove();
		await attempt(['docker', 'image', 'rm', '--force', tag]);
	});

	test('it is found, what is sorted by it is built anew, and only then the new version is recorded', async () => {
		const rows = await stack.rows();
		expect(await warning()).toBe('');
		await run(['docker', 'tag', newer, tag]);
		await stack.compose('up', '--detach');
		await stack.ready();
		const [recorded, actual] = (await versions()).trim().split('|');
		expect(recorded).not.toBe(actual);
		expect(await warning()).toContain('collation version mismatch');
		const found = await stack.lifeboat('troubleshoot');
		// On a busy machine the application may have asked before the server was up again, which is told too.
		expect(found.document.findings, found.stdout).toContainEqual(
			expect.objectContaining({cause: 'collation-mismatch'}),
		);

		const reindexed = await stack.lifeboat('upgrade', '--postgres', '15', '--yes');
		expect(reindexed.exitCode, reindexed.stderr).toBe(0);
		expect(reindexed.document).toMatchObject({ok: true, action: 'reindex', indexes: 2});
		expect(reindexed.document.backup).toMatch(/\.zip$/);
		expect((await versions()).trim()).toBe(`${actual}|${actual}`);
		expect(await warning()).toBe('');
		expect(await stack.rows()).toEqual(rows);
	});
});

describeLab('data of 18 in an anonymous volume', () => {
	let stack: MajorStack;
	beforeAll(async () => {
		stack = await startMajorStack(
			'adopt',
			['postgres:18'],
			`services:\n  db:\n    image: postgres:18\n    environment: ${settings}\n${asker('postgres:18')}\nvolumes:\n  data:\n`,
		);
		await stack.sql(shopSql);
		// The volume comes late, and at the place where older images kept their data: the anonymous one stays in use.
		stack.edit(text =>
			text.replace(
				'    image: postgres:18\n    environment',
				'    image: postgres:18\n    volumes: ["data:/var/lib/postgresql/data"]\n    environment',
			),
		);
		await stack.compose('up', '--detach');
		await stack.ready();
	});
	afterAll(() => stack?.remove());

	test('moves into the volume that was meant for it, survives down and up, and comes back by rollback', async () => {
		const rows = await stack.rows();
		const adopted = await stack.lifeboat('upgrade', '--postgres', '18', '--yes');
		expect(adopted.exitCode, adopted.stderr).toBe(0);
		expect(adopted.document).toMatchObject({action: 'adopt', to: {volume: `${stack.project}_data`}});
		expect(stack.file()).toContain('["data:/var/lib/postgresql"]');
		await stack.compose('down');
		await stack.compose('up', '--detach');
		await stack.ready();
		expect(await stack.rows()).toEqual(rows);
		await stack.sql("INSERT INTO goods (name) VALUES ('written since')");
		const back = await stack.lifeboat('rollback', '--yes');
		expect(back.exitCode, back.stderr).toBe(0);
		expect(await stack.rows()).toEqual(rows);
	});
});

describeLab('extensions', () => {
	let stack: MajorStack;
	beforeAll(async () => {
		stack = await startMajorStack(
			'vector',
			[
				'pgvector/pgvector:pg17',
				'pgvector/pgvector:pg18',
				'timescale/timescaledb:latest-pg17',
				'timescale/timescaledb:latest-pg18',
				'postgis/postgis:17-3.5',
				'postgres:18',
			],
			`services:\n  db:\n    image: pgvector/pgvector:pg17\n    environment: ${settings}\n    volumes:\n      - type: volume\n        source: data\n        target: /var/lib/postgresql/data\n  times:\n    image: timescale/timescaledb:latest-pg17\n    environment: ${settings}\n    volumes: ["times:/var/lib/postgresql/data"]\n  places:\n    image: postgis/postgis:17-3.5\n    environment: ${settings}\n    volumes: ["places:/var/lib/postgresql/data"]\nvolumes:\n  data:\n  times:\n  places:\n`,
		);
		await stack.sql(`${shopSql} ${extensionSql} CREATE EXTENSION vector; CREATE TABLE near (id int PRIMARY KEY, at vector(3));
			INSERT INTO near SELECT i, ARRAY[i, i % 7, 1]::vector FROM generate_series(1, 500) i; CREATE INDEX ON near USING hnsw (at vector_l2_ops);`);
		await stack.ready('times');
		await stack.ready('places');
	});
	afterAll(() => stack?.remove());

	test('what the new image lacks is refused before anything changes, with what to do', async () => {
		const times = await stack.lifeboat('upgrade', '--postgres', '18', '--service', 'times', '--yes');
		expect(times.exitCode).toBe(3);
		expect(times.document.error).toMatchObject({
			code: 'extension-missing',
			message: expect.stringContaining('TimescaleDB'),
		});
		const places = await stack.lifeboat(
			'upgrade',
			'--postgres',
			'18',
			'--service',
			'places',
			'--image',
			'postgres:18',
			'--yes',
		);
		expect(places.document.error).toMatchObject({
			code: 'extension-missing',
			message: expect.stringContaining('postgis'),
		});
		expect((await stack.lifeboat('upgrade', '--postgres', '18', '--yes')).exitCode).toBe(2);
		expect(await besides(stack.project)).toEqual(['data', 'places', 'times'].map(name => `${stack.project}_${name}`));
	});

	test('pgvector: rows and index arrive with the extension of the new image', async () => {
		const rows = await stack.rows();
		const up = await stack.lifeboat('upgrade', '--postgres', '18', '--service', 'db', '--yes');
		expect(up.exitCode, up.stderr).toBe(0);
		expect(stack.file()).toContain('image: pgvector/pgvector:pg18');
		expect(await stack.rows()).toEqual(rows);
		expect((await stack.sql("SELECT id FROM near ORDER BY at <-> '[1,1,1]' LIMIT 1")).trim()).toBe('1');
	});
});

/** Kills the new server once it loads the database. */
async function killNewServer(project: string): Promise<void> {
	for (let tries = 0; tries < 2000; tries++) {
		const [name] = (await besides(project)).filter(one => one.endsWith('-after'));
		const databases =
			name === undefined
				? undefined
				: await attempt([
						'docker',
						'exec',
						name,
						'psql',
						'-U',
						'owner',
						'-d',
						'template1',
						'-Atc',
						"SELECT 1 FROM pg_database WHERE datname = 'shop'",
					]);
		if (name !== undefined && databases?.stdout.trim() === '1') {
			await run(['docker', 'kill', name]);
			return;
		}
		await sleep(100);
	}
	throw new Error('the new server never came');
}

async function crashLoops(project: string): Promise<void> {
	for (let tries = 0; tries < 200; tries++) {
		const state = await attempt(['docker', 'inspect', '--format', '{{.RestartCount}}', `${project}-db-1`]);
		if (Number(state.stdout.trim()) > 0) return;
		await sleep(300);
	}
	throw new Error('the server does not crash');
}
