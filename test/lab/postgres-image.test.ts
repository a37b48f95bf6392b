import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterEach, beforeAll, expect, it} from 'vitest';
import {ensureImages} from './build-images.js';
import {describeLab} from './describe-lab.js';
import {attempt, run} from './run.js';

const images = ['postgres:15', 'postgres:17', 'postgres:18'];
const containers: string[] = [];

beforeAll(() => ensureImages(images, line => console.error(`lab: ${line}`)));

afterEach(async () => {
	for (const container of containers.splice(0)) {
		await attempt(['docker', 'rm', '--force', '--volumes', container]);
	}
});

async function start(image: string, ...options: readonly string[]): Promise<string> {
	const container = (await run(['docker', 'run', '--detach', ...options, image])).trim();
	containers.push(container);
	await waitReady(container);
	return container;
}

/** By the network: during the first set-up the server answers on its socket only. */
async function waitReady(container: string): Promise<void> {
	for (let tries = 0; tries < 120; tries++) {
		const {exitCode} = await attempt(['docker', 'exec', container, 'pg_isready', '--host', '127.0.0.1']);
		if (exitCode === 0) {
			return;
		}
		await sleep(250);
	}
	throw new Error(`${container} does not become ready:\n${(await attempt(['docker', 'logs', container])).stderr}`);
}

function query(container: string, sql: string, ...options: readonly string[]): Promise<string> {
	return run(['docker', 'exec', container, 'psql', '-XAtc', sql, ...options]).then(text => text.trim());
}

describeLab.each(images)('the image %s', image => {
	it('refuses to set up a database without a password', async () => {
		const {exitCode, stderr} = await attempt(['docker', 'run', '--rm', image]);
		expect(exitCode).toBe(1);
		expect(stderr).toContain('Database is uninitialized and superuser password is not specified');
	});

	it('makes user and database, runs the init files in order and acts on an empty folder only', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'lifeboat-init-'));
		await chmod(folder, 0o755);
		await writeFile(join(folder, '1.sql'), 'CREATE TABLE steps (name text);');
		await writeFile(
			join(folder, '2.sh'),
			`psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "INSERT INTO steps VALUES ('sh')"`,
		);
		await writeFile(join(folder, 'password'), 'from a file\n');
		try {
			const container = await start(
				image,
				...[
					'--volume',
					`${folder}:/docker-entrypoint-initdb.d:ro`,
					'--env',
					'POSTGRES_USER=ann',
					'--env',
					'POSTGRES_DB=shop',
				],
				...['--env', 'POSTGRES_PASSWORD_FILE=/docker-entrypoint-initdb.d/password'],
			);
			expect(await query(container, 'SELECT name FROM steps', '-U', 'ann', '-d', 'shop')).toBe('sh');
			expect(
				await query(container, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user', '-U', 'ann', '-d', 'shop'),
			).toBe('t');
			await run(['docker', 'restart', '--time', '10', container]);
			await waitReady(container);
			const logs = await attempt(['docker', 'logs', container]);
			expect(logs.stdout).toContain('Skipping initialization');
		} finally {
			await rm(folder, {recursive: true});
		}
	});

	it('trusts the socket, asks for the password over the network and runs as postgres', async () => {
		const container = await start(image, '--env', 'POSTGRES_PASSWORD=right');
		const address = (await run(['docker', 'inspect', '--format', '{{.NetworkSettings.IPAddress}}', container])).trim();
		const connect = (password: string) =>
			attempt([
				'docker',
				'exec',
				'--env',
				`PGPASSWORD=${password}`,
				container,
				'psql',
				'-h',
				address,
				'-U',
				'postgres',
				'-c',
				'SELECT 1',
			]);
		expect((await connect('right')).exitCode).toBe(0);
		expect((await connect('wrong')).stderr).toContain('password authentication failed for user "postgres"');
		expect(await query(container, 'SELECT 1', '-U', 'postgres')).toBe('1');
		expect(await run(['docker', 'exec', container, 'stat', '--format', '%u', '/proc/1'])).toBe('999');
	});
});

describeLab('the image postgres:18', () => {
	it('refuses a mount where older images kept their data', async () => {
		const {exitCode, stderr} = await attempt([
			...[
				'docker',
				'run',
				'--rm',
				'--env',
				'POSTGRES_PASSWORD=x',
				'--volume',
				'/var/lib/postgresql/data',
				'postgres:18',
			],
		]);
		expect(exitCode).toBe(1);
		expect(stderr).toContain('in 18+, these Docker images are configured to store database data in a');
	});

	it('keeps its data in a folder of its major below the volume', async () => {
		const container = await start('postgres:18', '--env', 'POSTGRES_PASSWORD=x');
		expect(await query(container, 'SHOW data_directory', '-U', 'postgres')).toBe('/var/lib/postgresql/18/docker');
	});
});
