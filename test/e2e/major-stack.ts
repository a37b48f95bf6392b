import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {ensureImages} from '../lab/build-images.js';
import {type Checksums, readChecksums} from '../lab/checksums.js';
import {ensureLab} from '../lab/lab.js';
import {removeProject} from '../lab/projects.js';
import {attempt, run} from '../lab/run.js';
import {type Finished, runLifeboat} from './lifeboat.js';

// biome-ignore lint/suspicious/noExplicitAny: the document that the test is about
export type Answer = Finished & {readonly document: any};

/** A small stack of its own around one server: what happens to its data folder is what the tests are about. */
export type MajorStack = {
	readonly project: string;
	readonly directory: string;
	readonly env: Readonly<Record<string, string>>;
	compose(...args: readonly string[]): Promise<string>;
	sql(query: string, service?: string): Promise<string>;
	/** What is the same on every version of the server. */
	rows(): Promise<Checksums>;
	/** Resolves when the server answers over TCP, as it does only after its initialisation. */
	ready(service?: string): Promise<void>;
	file(): string;
	edit(change: (text: string) => string): void;
	lifeboat(...args: readonly string[]): Promise<Answer>;
	remove(): Promise<void>;
};

/** Writes a compose file, starts what is in it and waits for its service `db`. */
export async function startMajorStack(
	name: string,
	images: readonly string[],
	text: string,
	service = 'db',
): Promise<MajorStack> {
	await ensureLab();
	await ensureImages(images, () => {});
	const project = `major-${name}-${randomBytes(3).toString('hex')}`;
	const directory = join(mkdtempSync(join(tmpdir(), 'lifeboat-major-')), project);
	mkdirSync(directory);
	const path = join(directory, 'docker-compose.yml');
	writeFileSync(path, text);
	const env = {LIFEBOAT_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'lifeboat-settings-'))};
	const compose = (...args: readonly string[]) => run(['docker', 'compose', ...args], {cwd: directory});
	const sql = (query: string, of = service) =>
		run(
			[
				...['docker', 'compose', 'exec', '-T', of, 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1'],
				...['-U', 'owner', '-d', 'shop', '-f', '-'],
			],
			{cwd: directory, input: query},
		);
	const stack: MajorStack = {
		project,
		directory,
		env,
		compose,
		sql,
		rows: async () => acrossVersions(await readChecksums(query => sql(query))),
		async ready(of = service) {
			const ask = ['docker', 'compose', 'exec', '-T', of, 'pg_isready', '-q', '-h', '127.0.0.1'];
			for (let tries = 0; (await attempt(ask, {cwd: directory})).exitCode !== 0; tries++) {
				if (tries > 400) throw new Error(await compose('logs', '--tail', '20', of));
				await sleep(300);
			}
		},
		file: () => readFileSync(path, 'utf8'),
		edit: change => writeFileSync(path, change(readFileSync(path, 'utf8'))),
		async lifeboat(...args) {
			const finished = await runLifeboat([...args, '--json'], {cwd: directory, env});
			return {...finished, document: JSON.parse(finished.stdout)};
		},
		async remove() {
			await removeKept(project);
			await removeProject(project);
			await run([
				'docker',
				'run',
				'--rm',
				`--volume=${directory}:/place`,
				'--entrypoint=rm',
				images[0] ?? '',
				'-rf',
				'/place/data',
				'/place/data-17',
				'/place/data-18',
			]);
			rmSync(directory, {recursive: true, force: true});
		},
	};
	await compose('up', '--detach');
	await stack.ready();
	return stack;
}

/** Removes the stopped containers that hold on to old data. */
export async function removeKept(project: string): Promise<void> {
	const kept = (
		await run(['docker', 'ps', '--all', '--quiet', '--filter', `label=com.lifeboat.aside=${project}`])
	).trim();
	if (kept !== '') await run(['docker', 'rm', '--force', ...kept.split(/\s+/)]);
}

/** Names of what stands beside a project: containers of ours, and volumes with its name. */
export async function besides(project: string): Promise<readonly string[]> {
	const containers = await run([
		'docker',
		'ps',
		'--all',
		'--filter',
		`label=com.lifeboat.aside=${project}`,
		'--format',
		'{{.Names}}',
	]);
	const volumes = await run(['docker', 'volume', 'ls', '--filter', `name=${project}_`, '--format', '{{.Name}}']);
	return [...containers.split('\n'), ...volumes.split('\n')].filter(name => name !== '').sort();
}

/** What is the same on every version: rows, sequences, large objects, roles with passwords, settings. How a server prints views and default rights is not. */
function acrossVersions(checksums: Checksums): Checksums {
	const changing = /^(?:extension |comments$|definition |grants |function )/;
	return Object.fromEntries(Object.entries(checksums).filter(([object]) => !changing.test(object)));
}

/** Rows, sequences, roles with passwords, settings of all kinds, a large object, a view, a second database. */
export const shopSql = `
CREATE ROLE clerk LOGIN PASSWORD 'scram-pass';
CREATE ROLE readers; GRANT readers TO clerk WITH ADMIN OPTION;
SET password_encryption = md5; CREATE ROLE veteran LOGIN PASSWORD 'md5-pass'; RESET password_encryption;
ALTER ROLE clerk SET work_mem = '5MB'; ALTER ROLE clerk IN DATABASE shop SET statement_timeout = '40s';
ALTER DATABASE shop SET timezone = 'Europe/Vienna';
COMMENT ON DATABASE shop IS 'everything we sell';
ALTER SYSTEM SET log_min_duration_statement = '1234ms';
CREATE TABLE goods (id bigserial PRIMARY KEY, name text NOT NULL UNIQUE, price numeric(10,2), made timestamptz DEFAULT now());
INSERT INTO goods (name, price) SELECT 'good ' || i || ' äöß', i * 1.25 FROM generate_series(1, 4000) i;
CREATE MATERIALIZED VIEW dear AS SELECT * FROM goods WHERE price > 4000;
CREATE INDEX by_name ON goods (lower(name));
ALTER TABLE goods OWNER TO clerk; GRANT SELECT ON goods TO readers, veteran;
SELECT lo_from_bytea(0, '\\x0102030405');
CREATE DATABASE audit;
`;

/** Extensions that the images of every version have, in use. */
export const extensionSql = `
CREATE EXTENSION citext; CREATE EXTENSION hstore; CREATE EXTENSION pg_trgm;
CREATE TABLE clients (mail citext PRIMARY KEY, extra hstore); CREATE INDEX like_mail ON clients USING gin ((mail::text) gin_trgm_ops);
INSERT INTO clients SELECT 'Client' || i || '@Example.org', hstore('since', (2000 + i % 20)::text) FROM generate_series(1, 300) i;
`;
