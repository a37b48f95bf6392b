import {type AppError, isAppError, isCancellation, toAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {type DecodedDump, openSource, type RestoreSource, readDecryptionKeys} from '../restore/open-source.js';
import type {SourceDatabase} from '../restore/source-summary.js';
import type {VerifiedDatabase, VerifyFinding, VerifyResult} from './outcome.js';
import type {VerifyPlan} from './plan.js';
import {type BackupOrigin, rememberVerification} from './remember.js';
import {restoreIntoThrowaway} from './restore-throwaway.js';

/**
 * Proves a backup as far as the plan says. What is wrong with the file is a result with findings, never an error that could be taken for
 * something else; so is "could not verify". Throws only wrong usage, a file that is not there, and cancelled.
 */
export async function* runVerify(plan: VerifyPlan, services: Services, signal: AbortSignal): Operation<VerifyResult> {
	const begunAt = services.clock.now();
	const {level, databases, findings, notes, origin} = yield* verify(plan, services, signal);
	const result: VerifyResult = {
		file: plan.file,
		level,
		databases,
		findings,
		notes: [...notes, ...(plan.whyLesser === null ? [] : [plan.whyLesser])],
		durationMs: services.clock.now() - begunAt,
	};
	rememberVerification(plan, result, origin, services);
	return result;
}

type CountedTable = DecodedDump['tables'][number];
type Verified = Pick<VerifyResult, 'level' | 'databases' | 'findings' | 'notes'>;

async function* verify(
	plan: VerifyPlan,
	services: Services,
	signal: AbortSignal,
): Operation<Verified & {readonly origin: BackupOrigin | null}> {
	const opened = await open(plan, services);
	if (!('summary' in opened)) return {...failed('checksums', opened), origin: null};
	const origin = originOf(opened);
	try {
		yield* opened.check(signal);
		if (plan.level === 'checksums') return {...(yield* decodeAll(opened, signal)), origin};
		return {...(yield* restoreIntoThrowaway(plan, opened, services, signal)), origin};
	} catch (error) {
		if (isCancellation(error) || signal.aborted) throw error;
		const failure = toAppError(error);
		if (failure.code === 'bug') throw error;
		return {...failed(plan.level, failure), origin};
	} finally {
		await opened.close();
	}
}

/** What a record of the backup needs, should it have none yet: it may come from another machine. */
function originOf({manifest, summary}: RestoreSource): BackupOrigin | null {
	if (manifest === null) return null;
	const {bytes, encrypted} = summary;
	return {project: manifest.project, createdAt: manifest.createdAt, bytes, encrypted};
}

async function open(plan: VerifyPlan, services: Services): Promise<RestoreSource | AppError> {
	try {
		return await openSource(plan.file, await readDecryptionKeys(plan.keys, services));
	} catch (error) {
		if (!isAppError(error) || error.code === 'file-not-found' || error.code === 'usage') throw error;
		return error;
	}
}

/** The lesser level: every dump is read as what it claims to be. */
async function* decodeAll(source: RestoreSource, signal: AbortSignal): Operation<Verified> {
	const step = 'decode';
	yield {type: 'step-started', step, title: 'Decode every dump', canCancel: true};
	const summary = await source.summarise(signal);
	const databases: VerifiedDatabase[] = [];
	const findings: VerifyFinding[] = [];
	for (const database of summary.databases) {
		yield {
			type: 'step-progress',
			step,
			done: databases.length,
			total: summary.databases.length,
			unit: 'items',
			current: database.name ?? 'dump',
		};
		const {decoded, tables: counted} = await source.decode(database, signal);
		findings.push(...(decoded ? compareCounts(database, counted) : [notDecoded(database)]));
		databases.push({
			name: database.name ?? 'dump',
			tables: database.tableCount,
			rows: counted.length === 0 ? null : counted.reduce((sum, table) => sum + table.rows, 0),
			expectedRows: database.rows,
			counts: counted.map(table => ({
				table: `${table.schema}.${table.name}`,
				expected: findTable(database, table)?.rows ?? null,
				rows: table.rows,
			})),
		});
	}

	yield {type: 'step-finished', step};
	return {
		level: 'checksums',
		databases,
		findings,
		notes: ['This is the lesser level: every byte is as it was written, but nothing was restored'],
	};
}

function notDecoded({name}: SourceDatabase): VerifyFinding {
	return {
		code: 'not-verified',
		database: name,
		message: `Not verified: ${name ?? 'the dump'} is compressed with lz4, which only PostgreSQL's own programs read`,
		hint: 'Verify it where Docker runs',
	};
}

/** Rows that the dump holds against those that the manifest promises. Those of hypertables are in their chunks. */
function compareCounts(database: SourceDatabase, counted: readonly CountedTable[]): readonly VerifyFinding[] {
	const isWhole = counted.length > 0 && database.lacks.length === 0;
	return (database.tables ?? []).flatMap(({schema, name, kind, rows}) => {
		if (rows === null || (kind !== 'table' && kind !== 'partition')) return [];
		const found = counted.find(table => table.schema === schema && table.name === name);
		if (found === undefined && rows > 0 && isWhole)
			return [differs('table-missing', `The dump holds no rows of ${schema}.${name}; the manifest says ${rows}`)];
		if (found === undefined || found.rows === rows) return [];
		return [
			differs('rows-differ', `The dump holds ${found.rows} rows of ${schema}.${name}; the manifest says ${rows}`),
		];
	});

	function differs(code: string, message: string): VerifyFinding {
		return {code, database: database.name, message};
	}
}

function findTable(database: SourceDatabase, table: {readonly schema: string; readonly name: string}) {
	return database.tables?.find(one => one.schema === table.schema && one.name === table.name);
}

/** Damage is what was found; everything else means that nothing is proved, which is no pass either. */
function failed(level: VerifyResult['level'], error: AppError): Verified {
	const isDamage = ['bundle-damaged', 'bundle-unreadable', 'restore-failed', 'verification-failed'].includes(
		error.code,
	);
	const finding: VerifyFinding = {
		code: isDamage ? error.code : 'not-verified',
		database: null,
		message: isDamage ? error.message : `Not verified: ${error.message}`,
		hint: error.hint,
	};
	return {
		level: level === 'restored' && isDamage ? 'restored' : 'checksums',
		databases: [],
		findings: [finding],
		notes: error.details,
	};
}
