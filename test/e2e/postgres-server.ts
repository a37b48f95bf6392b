import {randomBytes} from 'node:crypto';
import {setTimeout as sleep} from 'node:timers/promises';
import {createDocker} from '../../source/engine/docker.js';
import {createProcesses} from '../../source/engine/processes.js';
import type {PostgresClient} from '../../source/postgres/client.js';
import {openContainerClient} from '../../source/postgres/open-client.js';
import {ensureImages} from '../lab/build-images.js';
import {type Checksums, readChecksums} from '../lab/checksums.js';
import {attempt, run} from '../lab/run.js';

export const processes = createProcesses();
export const docker = createDocker(process.env, processes);

/** A PostgreSQL server in a container of its own, without Compose. */
export type TestServer = {
	readonly container: string;
	readonly user: string;
	/** Opens a client for an operation of this name (default a random one). */
	open(operationId?: string): Promise<PostgresClient>;
	/** psql's unaligned output. */
	sql(query: string, database?: string): Promise<string>;
	checksums(database: string): Promise<Checksums>;
	/** Sessions of Lifeboat on the server, its processes and files in the container; and whether the server has crashed since it was started. */
	leftovers(): Promise<string>;
	remove(): Promise<void>;
};

/** Starts a server of an image of the lab and waits until it answers over TCP, as it does only after its initialisation. */
export async function startServer(
	image: 'postgres:15' | 'postgres:17' | 'postgres:18' | 'timescale/timescaledb:latest-pg17',
	options: {
		readonly user?: string;
		readonly password?: string;
		readonly command?: readonly string[];
		readonly network?: string;
	} = {},
): Promise<TestServer> {
	const user = options.user ?? 'postgres';
	await ensureImages([image], () => {});
	const container = `pgtest-${randomBytes(5).toString('hex')}`;
	await run([
		'docker',
		'run',
		'--detach',
		`--name=${container}`,
		`--network=${options.network ?? 'none'}`,
		`--env=POSTGRES_USER=${user}`,
		`--env=POSTGRES_PASSWORD=${options.password ?? 'secret'}`,
		image,
		...(options.command ?? []),
	]);
	const exec = (...args: readonly string[]) => ['docker', 'exec', '-i', container, ...args];
	const sql = (query: string, database = 'postgres') =>
		run(
			exec(
				'psql',
				'-XAtq',
				'-v',
				'ON_ERROR_STOP=1',
				'-U',
				user,
				'-d',
				`dbname='${database.replaceAll("'", "\\'")}'`,
				'-f',
				'-',
			),
			{
				input: query,
			},
		);
	for (let tries = 0; ; tries += 1) {
		const {exitCode} = await attempt(exec('pg_isready', '-q', '-h', '127.0.0.1', '-U', user));
		if (exitCode === 0) break;
		if (tries > 120) throw new Error(`${container} does not become ready`);
		await sleep(500);
	}

	return {
		container,
		user,
		sql,
		open: operationId =>
			openContainerClient({
				processes,
				docker,
				containerId: container,
				service: 'db',
				user,
				operationId: operationId ?? `t${randomBytes(4).toString('hex')}`,
			}),
		checksums: database => readChecksums(query => sql(query, database)),
		async leftovers() {
			const sessions = await sql(
				"SELECT application_name || ' ' || state || ' ' || left(query, 60) FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%'",
			);
			const script = `for p in /proc/[0-9]*; do tr '\\0' '\\n' <$p/environ 2>/dev/null | grep -q '^LIFEBOAT_RUN=' && tr '\\0' ' ' <$p/cmdline; done; ls /tmp | grep lifeboat`;
			const {stdout} = await attempt(exec('sh', '-c', script));
			const logs = await attempt(['docker', 'logs', container]);
			const crashes = /terminating any other active server processes/.test(logs.stdout + logs.stderr) ? 'crashed' : '';
			return `${sessions}${stdout}${crashes}`.trim();
		},
		remove: async () => {
			await attempt(['docker', 'rm', '--force', '--volumes', container]);
		},
	};
}

/** A database with everything that a dump may stumble over. Returns nothing; `rows` is for its largest table. */
export const oddDatabase = (rows: number) => `
SELECT 'CREATE ROLE "Odd Owner" LOGIN PASSWORD ''x''' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'Odd Owner') \\gexec
SELECT 'CREATE ROLE reader' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'reader') \\gexec
CREATE SCHEMA "Odd; Schema"; CREATE EXTENSION pg_trgm;
CREATE TYPE mood AS ENUM ('ok', 'it''s');
CREATE TABLE big (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text NOT NULL, at timestamptz DEFAULT '2026-01-01');
INSERT INTO big (body) SELECT repeat(md5(i::text), 8) FROM generate_series(1, ${rows}) i;
CREATE INDEX ON big USING gin (body gin_trgm_ops) WHERE id < 100;
CREATE TABLE "Odd; Schema"."we""ird -- näme 表" (id serial PRIMARY KEY, "Col umn" mood, j jsonb, b bytea, n numeric);
INSERT INTO "Odd; Schema"."we""ird -- näme 表" ("Col umn", j, b, n) SELECT 'it''s', '{"a": "\\\\.\\n"}', '\\x00ff', i / 3.0 FROM generate_series(1, 500) i;
ALTER TABLE "Odd; Schema"."we""ird -- näme 表" OWNER TO "Odd Owner";
CREATE TABLE parts (id int, day date) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE INDEX "odd\\\\cname; INDEX "" CONSTRAINT" ON parts (day); ALTER TABLE parts ADD UNIQUE (id, day);
ALTER TABLE big ADD UNIQUE (at, id); CREATE TABLE of_big (big_id bigint REFERENCES big, part int, day date);
INSERT INTO parts SELECT i, '2026-01-01'::date + i % 59 FROM generate_series(1, 1000) i;
INSERT INTO of_big SELECT i, i, '2026-01-01'::date + i % 59 FROM generate_series(1, 10) i; CREATE STATISTICS odd_statistics ON id, at FROM big;
COMMENT ON CONSTRAINT of_big_big_id_fkey ON of_big IS 'a comment on a key';
CREATE MATERIALIZED VIEW by_key AS SELECT b.id, b.at, count(o.part) AS n FROM big b LEFT JOIN of_big o ON o.big_id = b.id WHERE b.id < 100 GROUP BY b.id;
CREATE UNIQUE INDEX ON by_key (id); COMMENT ON INDEX by_key_id_idx IS 'its view waits for the key of big';
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM big; CREATE MATERIALIZED VIEW never AS SELECT 1 AS n WITH NO DATA;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN /* \\! not a command */ RETURN new; END $$;
CREATE TRIGGER touching BEFORE UPDATE ON big FOR EACH ROW EXECUTE FUNCTION touch();
CREATE FUNCTION twice(x int) RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT x * 2; END;
GRANT SELECT ON big TO reader; GRANT USAGE ON SCHEMA "Odd; Schema" TO reader;
ALTER TABLE big ENABLE ROW LEVEL SECURITY; CREATE POLICY all_rows ON big USING (true);
SELECT lo_from_bytea(7000, repeat('large', 10000)::bytea); COMMENT ON LARGE OBJECT 7000 IS 'kept';
CREATE RULE both_at_once AS ON DELETE TO big DO ALSO DELETE FROM of_big WHERE big_id = OLD.id;
CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial PRIMARY KEY, hash text, created_at bigint);
INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('one', 1), ('two', 2);
SELECT setval('drizzle.__drizzle_migrations_id_seq', 41);
`;

/** Waits until a question to the server is answered with `expected`, at most half a minute. */
export async function until(ask: () => Promise<string>, expected: RegExp): Promise<string> {
	for (let tries = 0; ; tries += 1) {
		const answer = await ask();
		if (expected.test(answer) || tries > 150) return answer;
		await sleep(200);
	}
}
