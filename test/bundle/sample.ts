import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {afterAll} from 'vitest';
import type {BundleOptions, FinishedBundle} from '../../source/bundle/bundle-writer.js';
import type {ManifestContent, ManifestDatabase} from '../../source/bundle/manifest.js';
import {createBundle} from '../../source/bundle/write.js';
import {drive} from '../../source/operation.js';

/** 2026-06-14 02:00:00 UTC. */
export const sampleTime = Date.UTC(2026, 5, 14, 2);

/** A folder of its own for a test file, removed at its end. */
export async function createTestFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'lifeboat-test-'));
	afterAll(() => rm(folder, {recursive: true, force: true}));
	return folder;
}

export function sampleDatabase(change: Partial<ManifestDatabase> = {}): ManifestDatabase {
	return {
		name: 'clerq',
		service: 'postgres',
		owner: 'clerq',
		encoding: 'UTF8',
		collate: 'en_US.utf8',
		ctype: 'en_US.utf8',
		localeProvider: 'libc',
		locale: null,
		collationVersion: '2.36',
		tablespace: 'pg_default',
		settings: [{role: null, name: 'timezone', value: 'UTC'}],
		connectionLimit: -1,
		comment: null,
		icuRules: null,
		grants: null,
		sizeBytes: 8_861_450,
		extensions: [{name: 'plpgsql', version: '1.0', schema: 'pg_catalog'}],
		tables: [
			{schema: 'public', name: 'clients', kind: 'table', rows: 120},
			{schema: 'public', name: 'invoices', kind: 'table', rows: 3400},
		],
		sequences: 2,
		largeObjects: 1,
		migrations: [{tool: 'drizzle', table: 'drizzle.__drizzle_migrations', count: 3, last: '0002_add_expenses'}],
		dump: {path: 'databases/clerq.dump', format: 'custom', compression: 'zstd', withoutOwners: false},
		partial: null,
		...change,
	};
}

export function sampleContent(change: Partial<ManifestContent> = {}): Omit<ManifestContent, 'createdAt'> {
	return {
		tool: {name: 'lifeboat', version: '0.1.0'},
		project: 'clerq',
		directory: 'clerq',
		composeFiles: ['docker-compose.yml'],
		envFiles: ['.env'],
		services: [
			{
				name: 'postgres',
				image: 'postgres:17',
				imageId: `sha256:${'a'.repeat(64)}`,
				digest: `postgres@sha256:${'b'.repeat(64)}`,
				build: false,
			},
		],
		git: {revision: 'c'.repeat(40), branch: 'main', dirty: false},
		servers: [
			{
				service: 'postgres',
				image: 'postgres:17',
				serverVersion: '17.11',
				major: 17,
				clientVersion: '17.11',
				user: 'clerq',
				globals: 'globals.sql',
				rolePasswords: true,
				databases: [sampleDatabase()],
			},
		],
		fingerprints: {algorithm: 'hmac-sha256', salt: 'c2FsdA==', entries: {}},
		toolOutput: [],
		warnings: [],
		notCovered: [],
		...change,
	};
}

export type SampleParts = Readonly<Record<string, string | Buffer>>;

export const sampleParts: SampleParts = {
	'databases/clerq.dump': Buffer.from(`PGDMP${'some bytes of a dump '.repeat(5000)}`),
	'globals.sql': 'CREATE ROLE clerq;\n',
	'config/docker-compose.yml': 'services: {}\n',
	'config/.env': 'POSTGRES_PASSWORD=secret\n',
};

/** Writes a bundle: parts under `databases/` and `volumes/` as streams, the others as bytes. */
export async function writeSample(
	folder: string,
	options: Partial<BundleOptions> & {readonly parts?: SampleParts; readonly content?: Partial<ManifestContent>} = {},
): Promise<FinishedBundle> {
	const {parts = sampleParts, content, ...rest} = options;
	const writer = await createBundle({folder, project: 'clerq', createdAt: sampleTime, ...rest});
	try {
		for (const [path, data] of Object.entries(parts)) {
			if (path.startsWith('databases/')) await writer.addStream(path, 'dump', Readable.from(slices(Buffer.from(data))));
			else await writer.addBytes(path, path.startsWith('config/') ? 'config' : 'globals', data);
		}

		return await drive(writer.finish(sampleContent(content)), () => undefined);
	} finally {
		await writer.discard();
	}
}

function* slices(data: Buffer): Generator<Buffer> {
	for (let start = 0; start < data.length; start += 10_000) yield data.subarray(start, start + 10_000);
}
