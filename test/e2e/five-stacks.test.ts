import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {findDefinition} from '../lab/definitions.js';
import {describeLab} from '../lab/describe-lab.js';
import {startStack} from '../lab/lab.js';
import {runLifeboat} from './lifeboat.js';
import {startBareServer, unzip} from './restore-by-hand.js';

/** Clerq is in backup.test.ts and in faults. Each: nothing is found wrong with it, the built command backs it up, stock tools restore it into a fresh server, checksums are compared. */
const images = {
	cronicorn: 'postgres:17',
	tracearr: 'timescale/timescaledb:latest-pg17',
	avnology: 'postgres:17',
	everworks: 'postgres:17',
} as const;

describeLab('the other stacks are found healthy, and their bundles restore by hand', () => {
	test.each(['cronicorn', 'tracearr', 'avnology', 'everworks'] as const)('%s', async name => {
		const definition = findDefinition(name);
		const settings = mkdtempSync(join(tmpdir(), 'lifeboat-five-'));
		const stack = await startStack(name);
		const server = await startBareServer(images[name], definition.database.user);
		try {
			const files = stack.composeFiles.flatMap(file => ['-f', file]);
			const healthy = await runLifeboat(['troubleshoot', '--json', ...files], {
				cwd: stack.directory,
				env: {LIFEBOAT_CONFIG_DIR: settings},
			});
			expect(JSON.parse(healthy.stdout)).toMatchObject({ok: true, findings: [], unexplained: []});
			expect(healthy.exitCode).toBe(0);
			const backup = await runLifeboat(['backup', '--json', '--yes', '--no-volumes', ...files], {
				cwd: stack.directory,
				env: {LIFEBOAT_CONFIG_DIR: settings},
			});
			expect(backup.stderr + backup.stdout).toContain('"ok":true');
			const folder = await unzip(JSON.parse(backup.stdout).file);
			const user = definition.database.user;
			await server.exec(['psql', '-X', '-q', '-U', user, '-d', 'postgres', '-f', '-'], join(folder, 'globals.sql'));
			for (const [index, database] of definition.databases.entries()) {
				const target = `by_hand_${index}`;
				await server.exec(['createdb', '-U', user, '-T', 'template0', target]);
				const sql = (text: string) => server.exec(['psql', '-X', '-q', '-U', user, '-d', target, '-c', text]);
				const isTimescale = name === 'tracearr';
				if (isTimescale) await sql('CREATE EXTENSION IF NOT EXISTS timescaledb; SELECT timescaledb_pre_restore()');
				await server.exec(
					['pg_restore', '-U', user, ...(isTimescale ? [] : ['--exit-on-error']), '-d', target],
					join(folder, 'databases', `${database}.dump`),
				);
				if (isTimescale) await sql('SELECT timescaledb_post_restore()');
				const [before, after] = [await stack.checksums(database), await server.checksums(target)];
				expect(tableRows(after)).toEqual(tableRows(before));
			}
		} finally {
			await server.remove();
			await stack.remove();
			rmSync(settings, {recursive: true, force: true});
		}
	});
});

/** Rows, sequences and large objects: what belongs to the database's name (its settings and grants) is not in a dump. */
function tableRows(checksums: Readonly<Record<string, string>>) {
	return Object.fromEntries(
		Object.entries(checksums).filter(([object]) => !/^(?:database|settings?|grants? on database)/i.test(object)),
	);
}
