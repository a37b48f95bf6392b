import {describe, expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import {type RestoreAnswers, restoreAnswersSchema} from '../../source/flows/restore/answers.js';
import {compareRestored, listCounts, type RestoredContents} from '../../source/flows/restore/compare.js';
import {planRestore, type RestoreFacts} from '../../source/flows/restore/plan.js';
import {RestoreError, restoreError} from '../../source/flows/restore/restore-error.js';
import {reviewRestore} from '../../source/flows/restore/review.js';
import type {SourceDatabase, SourceSummary} from '../../source/flows/restore/source-summary.js';
import type {TargetFacts, TargetServer} from '../../source/flows/restore/target.js';
import {service, stackOf} from './steps/fakes.js';

const gigabyte = 1024 ** 3;
const stack = stackOf([service('app')]);

function database(change: Partial<SourceDatabase> = {}): SourceDatabase {
	return {
		name: 'clerq',
		service: 'postgres',
		part: 'databases/clerq.dump',
		format: 'custom',
		bytes: 1000,
		estimatedBytes: null,
		sizeBytes: gigabyte,
		owner: 'clerq',
		serverMajor: 17,
		archive: {version: '1.16', compression: 'zstd', dumpVersion: '17.6'},
		tables: [
			{schema: 'public', name: 'clients', kind: 'table', rows: 72},
			{schema: 'public', name: 'session', kind: 'table', rows: 25, holdsSessions: true},
		],
		tableCount: 2,
		rows: 97,
		extensions: [{name: 'plpgsql', version: '1.0'}],
		roles: ['clerq', 'clerq_readers'],
		owners: ['clerq'],
		migrations: [],
		lacks: [],
		withoutOwners: false,
		...change,
	};
}

function source(databases: readonly SourceDatabase[], change: Partial<SourceSummary> = {}): SourceSummary {
	return {
		file: '/srv/clerq/backups/clerq-20260614T020000Z.zip',
		kind: 'bundle',
		format: 'Lifeboat backup',
		bytes: 1000,
		encrypted: false,
		createdAt: '2026-06-14T02:00:00Z',
		project: 'clerq',
		databases,
		globals: [{service: 'postgres', part: 'globals.sql', passwords: true}],
		...change,
	};
}

const facts: TargetFacts = {
	version: '17.6',
	major: 17,
	clientMajor: 17,
	clientVersion: '17.6',
	supportsZstd: true,
	superuser: true,
	rights: {role: 'clerq', createsDatabases: true, createsRoles: true, actsAs: ['clerq', 'clerq_readers']},
	replica: false,
	freeBytes: 10 * gigabyte,
	databases: [{name: 'clerq', owner: 'clerq', sizeBytes: 2 * gigabyte, tables: 17}],
	roles: ['clerq', 'clerq_readers'],
	extensions: [{name: 'plpgsql', versions: ['1.0']}],
	preparedTransactions: [],
	slots: [],
};

function target(change: Partial<TargetFacts> | null = {}, server: Partial<TargetServer> = {}): TargetServer {
	return {
		service: 'postgres',
		external: null,
		containerId: 'postgres-id',
		running: change !== null,
		image: 'postgres:17',
		user: 'clerq',
		database: 'clerq',
		server: change === null ? null : {...facts, ...change},
		...server,
	};
}

function plan(given: {
	readonly answers?: Partial<RestoreAnswers>;
	readonly source?: SourceSummary;
	readonly targets?: readonly TargetServer[];
	readonly facts?: Partial<RestoreFacts>;
}) {
	const summary = given.source ?? source([database()]);
	return planRestore(stack, restoreAnswersSchema.parse({file: summary.file, ...given.answers}), {
		now: Date.parse('2026-06-14T02:00:00Z'),
		source: summary,
		targets: given.targets ?? [target()],
		writers: {writers: [{service: 'app', containerIds: ['app-id']}], poolers: []},
		migrate: ['migrate'],
		watch: [],
		caches: [],
		config: {files: [], elsewhere: []},
		storage: {volumes: [], unknown: []},
		changedSecrets: [],
		processors: 2,
		...given.facts,
	});
}

describe('where databases go', () => {
	test('beside the live one, which keeps its data under a name with the time', () => {
		expect(plan({}).databases).toMatchObject([
			{name: 'clerq', staging: 'clerq_restoring_20260614t020000z', former: 'clerq_before_20260614t020000z'},
		]);
		expect(plan({}).mode).toBe('switch');
	});

	test('names stay within 63 bytes', () => {
		const name = 'é'.repeat(31);
		const [placed] = plan({
			source: source([database({name})]),
			targets: [target({databases: [{name, owner: 'clerq', sizeBytes: 1, tables: 1}]})],
		}).databases;
		expect(Buffer.byteLength(placed?.staging ?? '')).toBeLessThanOrEqual(63);
		expect(Buffer.byteLength(placed?.former ?? '')).toBeLessThanOrEqual(63);
	});

	test('a single database of another name becomes the one that the application uses', () => {
		expect(plan({source: source([database({name: 'old_name'})])}).databases[0]?.name).toBe('clerq');
	});

	test('several keep their names, and an empty maintenance database is left out', () => {
		const several = source([
			database(),
			database({name: 'keto'}),
			database({name: 'postgres', tableCount: 0, tables: []}),
		]);
		expect(plan({source: several}).databases.map(one => one.name)).toEqual(['clerq', 'keto']);
	});

	test('a stack without data is a fresh one; so is an empty database', () => {
		expect(plan({targets: [target(null)]}).mode).toBe('fresh');
		const empty = target({databases: [{name: 'clerq', owner: 'clerq', sizeBytes: 1, tables: 0}]});
		expect(plan({targets: [empty]})).toMatchObject({mode: 'fresh', databases: [{formerIsEmpty: true}]});
	});

	test('into another database: nothing is stopped, and a taken name is refused', () => {
		const copy = plan({answers: {mode: 'to-database', toDatabase: 'look'}});
		expect(copy).toMatchObject({
			mode: 'to-database',
			writers: {writers: []},
			migrate: [],
			databases: [{name: 'look', staging: 'look'}],
		});
		expect(reviewRestore(copy).needsConsent).toBe(false);
		expect(() => plan({answers: {mode: 'to-database', toDatabase: 'clerq'}})).toThrow('exists already');
	});

	test('several servers and a dump that names none: the user chooses', () => {
		const two = [target(), target({}, {service: 'analytics'})];
		const foreign = source([database({service: null, name: null})], {kind: 'foreign'});
		expect(() => plan({source: foreign, targets: two})).toThrow('several PostgreSQL servers');
		expect(plan({source: foreign, targets: two, answers: {service: 'analytics'}}).databases[0]?.service).toBe(
			'analytics',
		);
	});
});

describe('what is refused before anything changes', () => {
	const codeOf = (work: () => unknown) => {
		try {
			work();
		} catch (error) {
			return error instanceof AppError ? error : undefined;
		}

		return undefined;
	};

	test('a replica', () => {
		expect(codeOf(() => plan({targets: [target({replica: true})]}))?.code).toBe('preflight-failed');
	});

	test('an extension that the image lacks, with an image that has it', () => {
		const error = codeOf(() => plan({source: source([database({extensions: [{name: 'vector', version: '0.8.0'}]})])}));
		expect(error?.code).toBe('extension-missing');
		expect(error?.hint).toContain('pgvector/pgvector:pg17');
	});

	test('TimescaleDB of another version, or without a superuser', () => {
		const timescale = source([database({extensions: [{name: 'timescaledb', version: '2.19.3'}]})]);
		const other = target({extensions: [{name: 'timescaledb', versions: ['2.20.0']}]});
		expect(codeOf(() => plan({source: timescale, targets: [other]}))?.message).toContain('2.20.0');
		const weak = target({superuser: false, extensions: [{name: 'timescaledb', versions: ['2.19.3']}]});
		expect(codeOf(() => plan({source: timescale, targets: [weak]}))?.message).toContain('superuser');
	});

	test('a disk without room for two copies, with the way in place; in place it fits', () => {
		const short = target({freeBytes: gigabyte / 2});
		const error = codeOf(() => plan({targets: [short]}));
		expect(error).toMatchObject({
			code: 'disk-low',
			fix: ['lifeboat', 'restore', expect.any(String), '--in-place', '--yes'],
		});
		expect(plan({targets: [short], answers: {mode: 'in-place'}}).mode).toBe('in-place');
	});

	test('an archive that the client cannot read', () => {
		expect(codeOf(() => plan({targets: [target({clientMajor: 15, clientVersion: '15.14'})]}))?.code).toBe(
			'client-missing',
		);
	});

	test('roles that come from nowhere, unless owners are mapped', () => {
		const foreign = source([database({roles: ['gone']})], {globals: []});
		expect(codeOf(() => plan({source: foreign}))).toMatchObject({
			code: 'role-missing',
			message: expect.stringContaining('gone'),
		});
		expect(plan({source: foreign, answers: {owners: 'map'}}).roles).toMatchObject([{missing: []}]);
	});

	test('prepared transactions', () => {
		expect(codeOf(() => plan({targets: [target({preparedTransactions: ['clerq']})]}))?.code).toBe('preflight-failed');
	});
});

describe('what is said', () => {
	test('an older server, a changed key, a cache', () => {
		const warned = plan({
			targets: [target({major: 16, version: '16.4'})],
			facts: {
				changedSecrets: ['app.ENCRYPTION_KEY'],
				caches: [{service: 'redis', containerId: 'r', summary: '12 keys'}],
			},
		});
		const text = JSON.stringify(warned.warnings);
		expect(text).toContain('is 16.4, which is older');
		expect(text).toContain('app.ENCRYPTION_KEY is not what it was');
		expect(text).toContain('--flush-cache');
	});

	test('tables of sessions are found', () => {
		expect(plan({answers: {clearSessions: true}}).sessionTables).toEqual([
			{database: 'clerq', schema: 'public', name: 'session', rows: 25},
		]);
	});

	test('in place destroys and wants the name typed; the switch does neither', () => {
		expect(reviewRestore(plan({answers: {mode: 'in-place'}}))).toMatchObject({
			confirmWord: 'clerq',
			destroys: [expect.stringContaining('clerq')],
		});
		expect(reviewRestore(plan({}))).toMatchObject({destroys: [], needsConsent: true});
	});

	test('the plan can be written down and holds no function', () => {
		expect(JSON.parse(JSON.stringify(plan({})))).toEqual(plan({}));
	});

	test('a failure says how things are now', () => {
		const error = new AppError('restore-failed', 'pg_restore fails.');
		expect(restoreError(error, {rolledBack: true, changed: true})).toMatchObject({
			message: 'pg_restore fails. Everything is as it was before',
			extras: {rolledBack: true},
		});
		expect(restoreError(error, {rolledBack: true, changed: false}).message).toContain('Nothing was changed');
		expect(restoreError(error, {rolledBack: false, changed: true})).toBeInstanceOf(RestoreError);
	});
});

describe('the comparison', () => {
	const restored: RestoredContents = {
		counts: [{schema: 'public', name: 'clients', kind: 'table', rows: 71} as RestoredContents['counts'][number]],
		extensions: [],
		sequences: 0,
		largeObjects: 0,
		migrations: [],
	};

	test('finds missing tables, other counts and missing extensions', () => {
		expect(compareRestored(database(), restored).map(one => one.code)).toEqual([
			'rows-differ',
			'table-missing',
			'extension-differs',
		]);
	});

	test('lists every table of both sides', () => {
		expect(listCounts(database(), restored)).toEqual([
			{table: 'public.clients', expected: 72, rows: 71},
			{table: 'public.session', expected: 25, rows: null},
		]);
	});
});

test('answers that contradict each other are wrong usage', () => {
	const parse = (answers: object) => restoreAnswersSchema.safeParse({file: 'x', ...answers}).success;
	expect(parse({mode: 'to-database'})).toBe(false);
	expect(parse({mode: 'in-place', toDatabase: 'x'})).toBe(false);
	expect(parse({mode: 'to-database', toDatabase: 'x'})).toBe(true);
});
