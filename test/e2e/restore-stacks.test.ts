import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {Checksums} from '../lab/checksums.js';
import {findDefinition} from '../lab/definitions.js';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, type StackName, startStack} from '../lab/lab.js';
import {runShell} from '../lab/run.js';
import {type Finished, runLifeboat, startLifeboat} from './lifeboat.js';

type Case = {
	/** How the stack's own document dumps it, with the names of this run: `$project`, `$db` for the database's container, `$file` for the result. */
	readonly dumps: readonly string[];
	/** A change in each database, to see the former rows come back. */
	readonly change: Readonly<Record<string, string>>;
};

const cases: Readonly<Record<StackName, Case>> = {
	clerq: {
		dumps: ['docker compose exec -T postgres pg_dump -U clerq clerq | gzip > "$file"'],
		change: {clerq: "DELETE FROM invoice_lines; UPDATE clients SET name = 'changed'"},
	},
	cronicorn: {
		dumps: ['docker exec "$project-db" pg_dump -U user -d db --no-owner --no-acl | gzip > "$file"'],
		change: {db: 'DELETE FROM ai_sessions; DELETE FROM runs WHERE id % 2 = 0'},
	},
	// Its own backups are a dump in the custom format with metadata beside it, in a zip.
	tracearr: {
		dumps: [
			'folder=$(mktemp -d) && docker compose exec -T timescale pg_dump -U tracearr -Fc tracearr >"$folder/database.dump" && echo "{}" >"$folder/metadata.json" && (cd "$folder" && zip -q backup.zip database.dump metadata.json) && mv "$folder/backup.zip" "$file"',
		],
		change: {tracearr: "DELETE FROM sessions WHERE started_at < '2026-01-01'; DELETE FROM library_snapshots"},
	},
	avnology: {
		dumps: [
			'docker compose -f docker-compose.traefik.yml exec -T postgres pg_dump -U avnology -d avnology --format=custom | gzip > "$file"',
		],
		change: {
			avnology: 'DELETE FROM audit.events; DELETE FROM members',
			hydra: 'DELETE FROM hydra_client',
			keto: 'DELETE FROM keto_relation_tuples',
			kratos: 'DELETE FROM courier_messages',
		},
	},
	everworks: {
		dumps: [
			'docker exec "$db" sh -c "pg_dump -Fc -h localhost -U ever -d ever_works -f /tmp/backup.dump" && docker cp -q "$db:/tmp/backup.dump" "$file"',
			'docker exec "$db" pg_dump -h localhost -U ever -d ever_works > "$file"',
			'docker exec "$db" pg_dump -h localhost -U ever -d ever_works | gzip > "$file"',
		],
		change: {ever_works: 'DELETE FROM activity_logs; DELETE FROM votes'},
	},
};

/** Chunks of hypertables with their rows, and that the restore has ended for TimescaleDB too: equal texts mean equal hypertables. */
const chunks = `SELECT coalesce(current_setting('timescaledb.restoring', true), 'off') || E'\\n' || string_agg(concat_ws(' ', hypertable_name, range_start, range_end, rows), E'\\n' ORDER BY hypertable_name, range_start)
	FROM timescaledb_information.chunks, LATERAL (SELECT (xpath('/row/n/text()', query_to_xml(format('SELECT count(*) AS n FROM %I.%I', chunk_schema, chunk_name), false, true, '')))[1]::text AS rows) counted`;

describeLab('every stack through `lifeboat restore`', () => {
	test.each(Object.keys(cases) as StackName[])(
		"%s: its document's own dump beside the live database, our backup in place, and back again",
		async name => {
			const settings = mkdtempSync(join(tmpdir(), 'lifeboat-stacks-'));
			const stack = await startStack(name, {project: `restores-${name}-${process.pid}`});
			try {
				await restoreBothWays(name, stack, settings);
			} finally {
				await stack.remove();
				rmSync(settings, {recursive: true, force: true});
			}
		},
	);
});

async function restoreBothWays(name: StackName, stack: LabStack, settings: string): Promise<void> {
	const {dumps, change} = cases[name];
	const {databases} = findDefinition(name);
	const withGrants = !dumps.some(command => command.includes('--no-acl'));
	const lifeboat = async (...args: readonly string[]) => {
		const finished = await runLifeboat([...args, '--json', ...stack.composeFiles.flatMap(file => ['-f', file])], {
			cwd: stack.directory,
			env: {LIFEBOAT_CONFIG_DIR: settings},
		});
		return {...finished, json: JSON.parse(finished.stdout)};
	};
	const read = async () => {
		const all: Record<string, Checksums> = {};
		for (const database of databases) all[database] = await stack.checksums(database);
		if (name === 'tracearr') all['chunks'] = {chunks: await stack.sql(chunks)};
		return all;
	};
	const changeAll = async () => {
		for (const [database, sql] of Object.entries(change)) await stack.sql(sql, {database});
	};

	/** A dump made with --no-acl brings no grants. */
	const inDump = (checksums: Checksums = {}) =>
		Object.fromEntries(
			Object.entries(checksums).filter(([object]) => withGrants || !/^(?:default )?grants/.test(object)),
		);

	const saved = await read();
	const backup = await lifeboat('backup', '--no-volumes');
	expect(backup.exitCode, backup.stderr).toBe(0);
	const files = dumps.map((_, index) => join(settings, `dump-${index}`));
	for (const [index, file] of files.entries())
		await runShell(`cd "$directory"\n${dumps[index]}`, {
			directory: stack.directory,
			project: stack.project,
			db: `${stack.outside?.project}-${stack.database.service}-1`,
			file,
		});
	await changeAll();
	const changed = await read();
	for (const file of files) {
		const restored = await lifeboat(
			'restore',
			file,
			'--yes',
			...(databases.length > 1 ? ['--as', stack.database.name] : []),
		);
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(restored.json).toMatchObject({ok: true, mode: 'switch', health: {ok: true}});
		await stack.waitHealthy();
		const after = await read();
		const own = [stack.database.name, 'chunks'];
		for (const key of Object.keys(after))
			expect(inDump(after[key]), key).toEqual(inDump((own.includes(key) ? saved : changed)[key]));
		const rolledBack = await lifeboat('rollback', '--yes');
		expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
		await stack.waitHealthy();
		expect(await read()).toEqual(changed);
		await lifeboat('rollback', '--drop', '--yes');
	}

	if (name === 'tracearr')
		await killWhileRestoring(stack, backup.json.file, settings, () => lifeboat('rollback', '--yes'));
	expect(await read()).toEqual(changed);

	const restored = await lifeboat('restore', backup.json.file, '--in-place', '--yes');
	expect(restored.exitCode, restored.stderr).toBe(0);
	expect(restored.json).toMatchObject({ok: true, mode: 'in-place', health: {ok: true}});
	expect(restored.json.databases).toHaveLength(databases.length);
	await stack.waitHealthy();
	expect(await read()).toEqual(saved);
}

/** TimescaleDB is told by a setting of the database that it is being restored; a killed restore must leave none that says so. */
async function killWhileRestoring(
	stack: LabStack,
	file: string,
	settings: string,
	rollBack: () => Promise<Finished>,
): Promise<void> {
	const isOn = "EXISTS (SELECT FROM pg_db_role_setting WHERE 'timescaledb.restoring=on' = ANY (setconfig))";
	const restore = startLifeboat(['restore', file, '--yes', ...stack.composeFiles.flatMap(one => ['-f', one])], {
		cwd: stack.directory,
		env: {LIFEBOAT_CONFIG_DIR: settings},
	});
	await stack.sql(`DO $$ BEGIN
		FOR tries IN 1..12000 LOOP EXIT WHEN ${isOn}; PERFORM pg_sleep(0.01); END LOOP;
	END $$`);
	restore.child.kill('SIGKILL');
	expect((await restore.finished).signal).toBe('SIGKILL');
	const back = await rollBack();
	expect(back.exitCode, back.stderr).toBe(0);
	expect(await stack.sql(`SELECT ${isOn}`)).toBe('f');
}
