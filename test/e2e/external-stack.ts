import {randomBytes} from 'node:crypto';
import {cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {ensureImages} from '../lab/build-images.js';
import {type Checksums, readChecksums} from '../lab/checksums.js';
import {ensureLab} from '../lab/lab.js';
import {findFreePort} from '../lab/place.js';
import {attempt, run} from '../lab/run.js';
import type {Answer, Restore} from './ledger-stack.js';
import {readAnswer, startLifeboat} from './lifeboat.js';

/** An application whose database somebody else runs: another project's server on a network that both share. It signs in as `keeper`, no superuser. */
export type ExternalStack = {
	readonly directory: string;
	start(...args: readonly string[]): Restore;
	lifeboat(...args: readonly string[]): Promise<Answer>;
	/** As the server's administrator. */
	sql(query: string, database?: string): Promise<string>;
	checksums(): Promise<Checksums>;
	databases(): Promise<readonly string[]>;
	waitHealthy(): Promise<void>;
	/** Containers in which Lifeboat runs its client programs. */
	helpers(): Promise<string>;
	remove(): Promise<void>;
};

const password = 'ledger:secret/1';

const serverFile = `services:
  pg:
    image: postgres:17
    environment: {POSTGRES_USER: administrator, POSTGRES_PASSWORD: nobody-knows, POSTGRES_DB: postgres}
    networks: {shared: {aliases: [db.ledger.internal]}}
    healthcheck: {test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U administrator -d postgres"], interval: 1s, timeout: 5s, retries: 60}
networks: {shared: {}}
`;

const applicationFile = `services:
  app:
    image: lifeboat-lab/node:20
    command: ["node", "server.js"]
    restart: unless-stopped
    env_file: [.env.app]
    ports: ["\${APP_PORT}:3000"]
    volumes: ["./app:/app:ro"]
    networks: [shared]
    healthcheck: {test: ["CMD", "curl", "-fsS", "http://localhost:3000/health"], interval: 2s, timeout: 5s, start_period: 20s, retries: 5}
networks: {shared: {external: true, name: "\${DATABASE_NETWORK}"}}
`;

/** `held()` makes every load of the rows wait for as long as the role `keeper` is given the setting \`ledger.hold\`. */
const schema = `
CREATE FUNCTION held() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
	WHILE EXISTS (SELECT FROM pg_catalog.pg_db_role_setting WHERE 'ledger.hold=on' = ANY (setconfig)) LOOP PERFORM pg_sleep(0.05); END LOOP;
	RETURN true;
END $$;
CREATE EXTENSION pg_trgm;
CREATE TABLE accounts (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO accounts SELECT i, 'account ' || i FROM generate_series(1, 100) i;
CREATE TABLE entries (id int PRIMARY KEY, account int NOT NULL REFERENCES accounts, note text, CHECK (id <> 1000 OR held()));
INSERT INTO entries SELECT i, 1 + i % 100, md5(i::text) FROM generate_series(1, 5000) i;
`;

export async function startExternal(name: string): Promise<ExternalStack> {
	await ensureLab();
	await ensureImages(['postgres:17', 'lifeboat-lab/node:20'], () => {});
	const project = `restores-${name}-${randomBytes(3).toString('hex')}`;
	const folder = mkdtempSync(join(tmpdir(), `${project}-`));
	const [directory, elsewhere] = [join(folder, project), join(folder, `${project}-elsewhere`)];
	for (const path of [directory, elsewhere]) mkdirSync(path);
	cpSync(fileURLToPath(new URL('ledger', import.meta.url)), join(directory, 'app'), {recursive: true});
	writeFileSync(join(elsewhere, 'docker-compose.yml'), serverFile);
	writeFileSync(join(directory, 'docker-compose.yml'), applicationFile);
	const port = await findFreePort();
	writeFileSync(join(directory, '.env'), `APP_PORT=${port}\nDATABASE_NETWORK=${project}-elsewhere_shared\n`);
	writeFileSync(
		join(directory, '.env.app'),
		`DATABASE_URL=postgres://keeper:${encodeURIComponent(password)}@db.ledger.internal:5432/ledger\n`,
		{mode: 0o600},
	);
	const env = {LIFEBOAT_CONFIG_DIR: join(folder, 'settings')};
	const compose = (cwd: string, ...args: readonly string[]) => run(['docker', 'compose', ...args], {cwd});
	const psql = (user: string, database: string) => [
		...['docker', 'exec', '-i', `${project}-elsewhere-pg-1`],
		...['psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-U', user, '-d', database],
	];
	const sql = (query: string, database = 'ledger') => run(psql('administrator', database), {input: query});
	const start = (...args: readonly string[]): Restore => {
		const {child, finished} = startLifeboat([...args, '--json'], {cwd: directory, env});
		return {
			child,
			finished: finished.then(readAnswer),
		};
	};

	await compose(elsewhere, 'up', '--detach', '--wait');
	await sql(`CREATE ROLE keeper LOGIN PASSWORD '${password}'; CREATE DATABASE ledger OWNER keeper`, 'postgres');
	await run(psql('keeper', 'ledger'), {input: schema});
	await compose(directory, 'up', '--detach', '--wait');
	return {
		directory,
		start,
		lifeboat: (...args) => start(...args).finished,
		sql,
		checksums: () => readChecksums(query => sql(query)),
		async databases() {
			const names = await sql('SELECT datname FROM pg_database WHERE NOT datistemplate ORDER BY 1', 'postgres');
			return names.trim().split('\n');
		},
		async waitHealthy() {
			for (let tries = 0; ; tries++) {
				const {exitCode} = await attempt(['curl', '-fsS', '-m', '5', `http://localhost:${port}/health`]);
				if (exitCode === 0) return;
				if (tries > 300) throw new Error(`${project} is not healthy`);
				await sleep(300);
			}
		},
		helpers: () => run(['docker', 'ps', '--all', '--quiet', '--filter', 'label=com.lifeboat.client']),
		async remove() {
			for (const cwd of [directory, elsewhere])
				await attempt(['docker', 'compose', 'down', '-v', '--timeout', '2'], {cwd});
			rmSync(folder, {recursive: true, force: true});
		},
	};
}
