import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {time} from './measure.js';

export type BenchStack = {
	readonly directory: string;
	/** Fills the database with `scale` sixteenths of about one gigabyte (with indexes). */
	fill(scale: number): Promise<void>;
	remove(): Promise<void>;
};

const composeFile = `name: lifeboat-bench
services:
  postgres:
    image: postgres:17
    environment: {POSTGRES_USER: bench, POSTGRES_PASSWORD: bench-password-1, POSTGRES_DB: bench}
    command: postgres -c max_wal_size=4GB -c synchronous_commit=off
    shm_size: 256mb
    volumes: ["pgdata:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -U bench -h 127.0.0.1"], interval: 1s, timeout: 3s, retries: 60}
volumes: {pgdata: {}}
`;

/** Rows of an invoicing application: text in several languages, numbers, JSON, times, and files that hardly compress. */
const fillScript = (scale: number) => `
DROP SCHEMA public CASCADE; CREATE SCHEMA public;
SELECT setseed(0.42);
CREATE TABLE clients (id int PRIMARY KEY, name text NOT NULL, note text, created_at timestamptz NOT NULL);
CREATE TABLE time_entries (id bigint PRIMARY KEY, client_id int NOT NULL, description text NOT NULL, minutes int NOT NULL, rate numeric(10,2) NOT NULL, meta jsonb NOT NULL, started_at timestamptz NOT NULL);
CREATE TABLE invoices (id bigint PRIMARY KEY, client_id int NOT NULL, number text NOT NULL, total numeric(12,2) NOT NULL, lines jsonb NOT NULL);
CREATE TABLE receipts (id int PRIMARY KEY, name text NOT NULL, file bytea NOT NULL);
INSERT INTO clients SELECT i, 'Müller & Søn ' || i || ' ' || md5(i::text), repeat('日本語のメモ ', 1 + i % 5), timestamptz '2024-01-01' + i * interval '7 minutes' FROM generate_series(1, ${2_000 * scale}) i;
INSERT INTO time_entries SELECT i, 1 + i % ${2_000 * scale}, (ARRAY['Design of the new start page', 'Weekly meeting with the client about', 'Réunion hebdomadaire sur', 'Behebung eines Fehlers in der Rechnung', 'Review and tests of', '設計の見直し'])[1 + i % 6] || ' ' || (ARRAY['invoices', 'the time sheet', 'exports', 'sign-in', 'receipts', 'reports', 'Umsatzsteuer'])[1 + i * 31 % 7] || ', ticket ' || (i * 7919 % 1000003) || ' and ' || (i * 104729 % 999983) || '; see the notes of the call', i % 480, (i % 20000) / 100.0, jsonb_build_object('tag', 'tag-' || i % 97, 'billable', i % 3 = 0, 'ref', (i * 15485863) % 982451653), timestamptz '2024-01-01' + i * interval '13 seconds' FROM generate_series(1::bigint, ${150_000 * scale}) i;
INSERT INTO invoices SELECT i, 1 + i % ${2_000 * scale}, 'INV-' || i, (i * 31 % 1000000) / 100.0, jsonb_build_array(jsonb_build_object('text', 'Position ' || i, 'amount', i % 977, 'key', i * 7919 % 104729), jsonb_build_object('text', 'Position ' || i + 1, 'amount', i % 613)) FROM generate_series(1::bigint, ${40_000 * scale}) i;
INSERT INTO receipts SELECT i, 'receipt-' || i || '.jpg', decode((SELECT string_agg(md5(random()::text || i || j), '') FROM generate_series(1, 1024) j), 'hex') FROM generate_series(1, ${90 * scale}) i;
CREATE INDEX ON time_entries (client_id, started_at);
CREATE INDEX ON time_entries (started_at);
CREATE INDEX ON invoices (client_id);
CREATE INDEX ON invoices (number);
VACUUM ANALYZE;
CHECKPOINT;
`;

/** Brings up a stack of its own; its project name keeps it apart from others on the engine. */
export async function startBenchStack(): Promise<BenchStack> {
	const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-stack-'));
	writeFileSync(join(directory, 'docker-compose.yml'), composeFile);
	const compose = async (...args: readonly string[]) => {
		const result = await time('docker', ['compose', ...args], {cwd: directory});
		if (result.exitCode !== 0) throw new Error(`docker compose ${args[0]} failed:\n${result.stderr}`);
	};
	await compose('down', '-v');
	await compose('up', '-d', '--wait');
	return {
		directory,
		async fill(scale) {
			await compose(
				'exec',
				'-T',
				'postgres',
				'psql',
				'-q',
				'-X',
				'-v',
				'ON_ERROR_STOP=1',
				'-U',
				'bench',
				'-c',
				'',
				...commands(scale),
			);
		},
		async remove() {
			await compose('down', '-v');
			rmSync(directory, {recursive: true, force: true});
		},
	};
}

/** VACUUM and CHECKPOINT want to stand alone: one -c for each statement. */
function commands(scale: number): readonly string[] {
	return fillScript(scale)
		.split(';\n')
		.map(statement => statement.trim())
		.filter(Boolean)
		.flatMap(statement => ['-c', statement]);
}
