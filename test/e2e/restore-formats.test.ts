import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {pack} from '../bundle/craft-zip.js';
import type {Checksums} from '../lab/checksums.js';
import {describeLab} from '../lab/describe-lab.js';
import {run, runShell} from '../lab/run.js';
import {type LedgerStack, startLedger} from './ledger-stack.js';

/** What users bring, by the command that wrote it; `$file` is told apart by its content, so its name says nothing. */
const formats: Readonly<Record<string, string>> = {
	'.sql': 'db pg_dump -U keeper ledger >"$file"',
	'.sql.gz': 'db pg_dump -U keeper ledger | gzip >"$file"',
	'.sql.zst': 'db pg_dump -U keeper ledger | zstd -q >"$file"',
	'.sql of INSERT statements': 'db pg_dump -U keeper --inserts ledger >"$file"',
	'.dump': 'db pg_dump -U keeper -Fc ledger >"$file"',
	'.dump written to a file where the server runs':
		'db sh -c "pg_dump -U keeper -Fc ledger >/tmp/f" && docker cp -q "$container:/tmp/f" "$file"',
	'.dump compressed by zstd': 'db pg_dump -U keeper -Fc --compress=zstd ledger >"$file"',
	'.dump.gz': 'db pg_dump -U keeper --format=custom ledger | gzip >"$file"',
	'.tar': 'db pg_dump -U keeper -Ft ledger >"$file"',
	'a folder in the directory format':
		'db sh -c "rm -rf /tmp/d && pg_dump -U keeper -Fd -j 2 -f /tmp/d ledger" && docker cp -q "$container:/tmp/d" "$file"',
	pg_dumpall: 'db pg_dumpall -U keeper >"$file"',
	'pg_dumpall.sql.gz with --clean': 'db pg_dumpall -U keeper --clean --if-exists | gzip >"$file"',
};

describeLab('what users bring is restored', () => {
	let stack: LedgerStack;
	let saved: Checksums;
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-formats-'));
	let count = 0;
	beforeAll(async () => {
		stack = await startLedger('formats');
		await stack.sql('CREATE ROLE reader; GRANT SELECT ON accounts TO reader; ALTER TABLE keyless OWNER TO reader');
		saved = await stack.checksums();
	});
	afterAll(async () => {
		await stack?.remove();
		rmSync(folder, {recursive: true, force: true});
	});

	async function write(command: string): Promise<string> {
		const file = join(folder, `brought-${count++}`);
		await runShell(`db() { docker exec -i "$container" "$@"; }\n${command}`, {
			container: `${stack.project}-postgres-1`,
			file,
		});
		return file;
	}

	/** Changes what is there, restores the file over it, and looks at every row. */
	async function expectBack(file: string, ...flags: readonly string[]) {
		await stack.sql(`UPDATE accounts SET name = 'changed'; DROP TABLE newer; CREATE TABLE later (n int)`);
		const restored = await stack.lifeboat('restore', file, '--yes', ...flags);
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(restored.json).toMatchObject({ok: true, mode: 'switch', health: {ok: true}});
		expect(await stack.checksums()).toEqual(saved);
		await stack.waitHealthy();
		await stack.lifeboat('rollback', '--drop', '--yes');
		expect(await stack.databases()).toEqual(['ledger']);
	}

	test.each(Object.entries(formats))('%s', async (_format, command) => {
		await expectBack(await write(command));
	});

	test('a folder that brings its schema public', async () => {
		const file = await write(
			'db sh -c "rm -rf /tmp/d && pg_dump -U keeper -Fd --schema=public --large-objects -f /tmp/d ledger" && docker cp -q "$container:/tmp/d" "$file"',
		);
		const restored = await stack.lifeboat('restore', file, '--to-database', 'looked', '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		const rows = 'SELECT count(*), md5(string_agg(accounts::text, chr(10) ORDER BY id)) FROM accounts';
		expect(await stack.sql(rows, 'looked')).toBe(await stack.sql(rows));
		await stack.sql('DROP DATABASE looked WITH (FORCE)', 'postgres');
	});

	test("Tracearr's zip: a dump with metadata beside it", async () => {
		const dump = readFileSync(await write(formats['.dump'] ?? ''));
		const metadata = {format: 1, createdAt: '2026-01-01T00:00:00Z', app: {version: '1.4.0'}};
		const file = join(folder, 'tracearr');
		writeFileSync(
			file,
			await pack(
				new Map([
					['metadata.json', Buffer.from(JSON.stringify(metadata))],
					['database.dump', dump],
				]),
			),
		);
		await expectBack(file);
	});

	test('.zip.age: our own, encrypted', async () => {
		const passphrase = join(folder, 'passphrase');
		writeFileSync(passphrase, 'correct horse battery staple\n', {mode: 0o600});
		const backup = await stack.lifeboat('backup', '--passphrase-file', passphrase);
		expect(backup.exitCode, backup.stderr).toBe(0);
		const locked = await stack.lifeboat('restore', backup.json.file, '--yes');
		expect(locked.json.error.code).toBe('bundle-encrypted');
		await expectBack(backup.json.file, '--passphrase-file', passphrase);
	});

	test('a role that only the file knows is created from a dump of the cluster', async () => {
		const file = await write(formats['pg_dumpall'] ?? '');
		await stack.sql('ALTER TABLE keyless OWNER TO keeper; DROP OWNED BY reader; DROP ROLE reader');
		await expectBack(file);
		expect(
			await run([
				'docker',
				'exec',
				`${stack.project}-postgres-1`,
				'psql',
				'-XAtU',
				'keeper',
				'-d',
				'ledger',
				'-c',
				"SELECT count(*) FROM pg_roles WHERE rolname = 'reader'",
			]),
		).toBe('1');
	});
});
