import {templateOf} from '../../bundle/database-sql.js';
import {AppError, isAppError} from '../../errors.js';
import {emitting, type Operation} from '../../operation.js';
import type {PostgresClient} from '../../postgres/client.js';
import {sumCounts} from '../../postgres/contents.js';
import type {DatabaseTemplate} from '../../postgres/database.js';
import {createMissingRoles, findMissingRoles, readGlobals} from '../../postgres/roles.js';
import {startThrowawayServer, type ThrowawayServer} from '../../postgres/throwaway-server.js';
import type {Services} from '../../services.js';
import {compareExtensionVersions, compareRestored, listCounts, readRestored} from '../restore/compare.js';
import {loadDatabase} from '../restore/load-database.js';
import type {RestoreSource} from '../restore/open-source.js';
import {suggestImage} from '../restore/preflight.js';
import {readTargetFacts} from '../restore/read-target.js';
import type {SourceDatabase, SourceSummary} from '../restore/source-summary.js';
import type {VerifiedDatabase, VerifyFinding, VerifyResult} from './outcome.js';
import type {VerifyPlan} from './plan.js';
import {readSamples} from './samples.js';

type Verified = Pick<VerifyResult, 'level' | 'databases' | 'findings' | 'notes'>;

/** Restores every database of the file into a server of its own that is removed in every case, and compares. */
export async function* restoreIntoThrowaway(
	plan: VerifyPlan,
	source: RestoreSource,
	services: Services,
	signal: AbortSignal,
): Operation<Verified> {
	const summary = await source.summarise(signal);
	const findings: VerifyFinding[] = [];
	const notes: string[] = [];
	const databases: VerifiedDatabase[] = [];
	for (const [index, group] of groupByServer(summary).entries()) {
		const image = chooseImage(plan, source, group);
		const title = `Start a throwaway server (${image})`;
		yield {type: 'step-started', step: `server ${index}`, title, canCancel: true};
		const needsTimescale = group.some(database =>
			database.extensions.some(extension => extension.name === 'timescaledb'),
		);
		const server = await startThrowawayServer(services, {
			image,
			preload: needsTimescale ? ['timescaledb'] : [],
			operationId: 'verify',
			signal,
		});
		try {
			yield {type: 'step-finished', step: `server ${index}`, note: `PostgreSQL ${server.client.facts.serverVersion}`};
			await refuseMissingExtensions(server, group, image, signal);
			notes.push(...(await createRoles(source, summary, server.client, group, signal)));
			for (const [number, database] of group.entries()) {
				const name = `verify_${number}`;
				yield* load(plan, source, server.client, database, name, signal);
				const compared = yield* compare(server.client, database, name, signal);
				databases.push(compared.verified);
				findings.push(...compared.findings);
				notes.push(...compared.notes);
			}
		} finally {
			await server.remove();
		}
	}

	return {level: 'restored', databases, findings, notes};
}

function groupByServer(summary: SourceSummary): readonly (readonly SourceDatabase[])[] {
	const services = [...new Set(summary.databases.map(database => database.service))];
	return services.map(service => summary.databases.filter(database => database.service === service));
}

/** The image that the user names, else the one that the databases come from, else the best of the stack. */
function chooseImage(plan: VerifyPlan, source: RestoreSource, group: readonly SourceDatabase[]): string {
	const [fallback] = plan.images;
	const own = source.manifest?.servers.find(server => server.service === group[0]?.service)?.image;
	const image = plan.imageIsChosen ? fallback : own && plan.images.includes(own) ? own : fallback;
	if (image !== undefined) return image;
	const major = group[0]?.serverMajor;
	throw new AppError('verification-failed', 'No image of PostgreSQL is known to restore this file into', {
		hint: 'Name one with --image',
		fix: ['lifeboat', 'verify', plan.file, '--image', `postgres:${major ?? 17}`],
	});
}

async function refuseMissingExtensions(
	server: ThrowawayServer,
	group: readonly SourceDatabase[],
	image: string,
	signal: AbortSignal,
): Promise<void> {
	const facts = await readTargetFacts(server.client, signal);
	const needed = [...new Set(group.flatMap(database => database.extensions.map(extension => extension.name)))];
	const missing = needed.filter(name => !facts.extensions.some(extension => extension.name === name));
	if (missing.length === 0) return;
	const other = suggestImage(missing[0] ?? '', facts.major);
	throw new AppError('extension-missing', `The image ${image} lacks ${missing.join(', ')}`, {
		hint:
			other === undefined
				? 'Name an image that has it with --image'
				: `Name an image that has it with --image, for example ${other}`,
	});
}

/** The roles of the backup; of a dump without roles those that it names, so that it loads as it is. */
async function createRoles(
	source: RestoreSource,
	summary: SourceSummary,
	client: PostgresClient,
	group: readonly SourceDatabase[],
	signal: AbortSignal,
): Promise<readonly string[]> {
	const globals = summary.globals.find(one => one.service === group[0]?.service) ?? summary.globals[0];
	const facts = readGlobals(globals === undefined ? '' : await source.readGlobals(globals.part));
	const needed = new Set([
		...facts.roles.map(role => role.name),
		...group.flatMap(database => [...(database.roles ?? []), ...(database.owner === null ? [] : [database.owner])]),
	]);
	const missing = await findMissingRoles(client, [...needed], {signal});
	const applied = await createMissingRoles(client, facts, missing, {signal});
	return globals === undefined && missing.length > 0
		? [`The file holds no roles; ${missing.join(', ')} must exist before it is restored elsewhere`]
		: applied.refused.map(one => one.reason);
}

async function* load(
	plan: VerifyPlan,
	source: RestoreSource,
	client: PostgresClient,
	database: SourceDatabase,
	name: string,
	signal: AbortSignal,
): Operation<void> {
	const saved = source.manifest?.servers
		.flatMap(server => server.databases)
		.find(one => one.dump.path === database.part);
	const template = (saved && templateOf(saved)) ?? plainTemplate;
	const options = {
		client,
		source,
		database,
		name,
		roles: new Set<string>(),
		noOwner: false,
		jobs: plan.jobs,
		trustCommands: false,
		signal,
		step: `restore ${name}`,
		title: `Restore ${database.name ?? 'the dump'} into the throwaway server`,
	};
	try {
		yield* loadDatabase({...options, template: {...template, tablespace: 'pg_default'}});
	} catch (error) {
		// The image may lack the locale: rows and definitions can be proved without it.
		if (!isAppError(error, 'preflight-failed')) throw error;
		yield* loadDatabase({...options, template: plainTemplate});
	}
}

const plainTemplate: DatabaseTemplate = {
	owner: 'postgres',
	encoding: 'UTF8',
	collate: 'C',
	ctype: 'C',
	localeProvider: 'libc',
	locale: null,
};

async function* compare(
	client: PostgresClient,
	database: SourceDatabase,
	name: string,
	signal: AbortSignal,
): Operation<{
	readonly verified: VerifiedDatabase;
	readonly findings: readonly VerifyFinding[];
	readonly notes: readonly string[];
}> {
	const step = `compare ${name}`;
	const label = database.name ?? 'the dump';
	yield {type: 'step-started', step, title: `Compare ${label} with what the backup says`, canCancel: true};
	const contents = yield* emitting(emit =>
		readRestored(client, name, {
			signal,
			onCounted: (done, total) => emit({type: 'step-progress', step, done, total, unit: 'items'}),
		}),
	);
	const unreadable = await readSamples(client, name, contents.counts, signal);
	const differences = compareRestored(database, contents);
	const findings: VerifyFinding[] = [
		...differences.map(({code, message}) => ({code, database: label, message})),
		...unreadable.map(message => ({code: 'unreadable-rows', database: label, message})),
	];
	yield {type: 'step-finished', step, note: findings.length === 0 ? 'equal' : `${findings.length} differences`};
	return {
		verified: {
			name: label,
			...sumCounts(contents.counts),
			expectedRows: database.rows,
			counts: listCounts(database, contents),
		},
		findings,
		notes: compareExtensionVersions(database, contents),
	};
}
