import prettyBytes from 'pretty-bytes';
import {AppError} from '../../errors.js';
import {findArchiveObstacle} from '../../postgres/restore-archive.js';
import type {PlanWarning} from '../flow.js';
import type {RestoreAnswers} from './answers.js';
import type {PlannedDatabase} from './place-databases.js';
import type {PlannedMode} from './plan.js';
import {refuseOtherClient} from './preflight-external.js';
import {refuseRights} from './preflight-rights.js';
import type {SourceDatabase, SourceSummary} from './source-summary.js';
import type {TargetFacts, TargetServer} from './target.js';

/** Which roles are created on a server before anything is restored into it. */
export type RolePlan = {
	readonly service: string;
	/** Part of the bundle that holds the roles; null when none are created. */
	readonly part: string | null;
	/** Missing on the server; null while that is not known (the server is down, or the file does not list them). */
	readonly missing: readonly string[] | null;
};

export type PreflightInput = {
	readonly answers: Pick<RestoreAnswers, 'owners' | 'force' | 'mode'>;
	readonly source: SourceSummary;
	readonly target: TargetServer;
	readonly databases: readonly PlannedDatabase[];
	readonly mode: PlannedMode;
};

/** Images that carry extensions which the plain image lacks, by the extension's name. `%` stands for the server's major version. */
const imagesWithExtension: Readonly<Record<string, string>> = {
	timescaledb: 'timescale/timescaledb:latest-pg%',
	timescaledb_toolkit: 'timescale/timescaledb-ha:pg%',
	vector: 'pgvector/pgvector:pg%',
	vchord: 'tensorchord/vchord-postgres:pg%-v0.4.3',
	vectors: 'tensorchord/pgvecto-rs:pg%-v0.4.0',
	postgis: 'postgis/postgis:%-3.5',
	postgis_topology: 'postgis/postgis:%-3.5',
	postgis_raster: 'postgis/postgis:%-3.5',
	address_standardizer: 'postgis/postgis:%-3.5',
	pgrouting: 'pgrouting/pgrouting:%-3.5-3.7',
	pg_search: 'paradedb/paradedb:latest-pg%',
	citus: 'citusdata/citus:latest',
	age: 'apache/age:release_PG%_1.6.0',
	pg_cron: 'supabase/postgres or an image of your own with postgresql-%-cron',
	pgmq: 'ghcr.io/pgmq/pg%-pgmq:latest',
};

/** An image that has an extension, for the server's major version; undefined when we know none. */
export function suggestImage(extension: string, major: number): string | undefined {
	return imagesWithExtension[extension]?.replaceAll('%', String(major));
}

/** Roles to create: those of the file that own something and are not on the server. Throws role-missing when they can come from nowhere. */
export function planRoles(
	answers: Pick<RestoreAnswers, 'owners'>,
	source: SourceSummary,
	target: TargetServer,
	databases: readonly PlannedDatabase[],
): RolePlan {
	const here = databases.filter(database => database.service === target.service);
	const none = {service: target.service, part: null, missing: []};
	if (answers.owners === 'map' || here.length === 0) return none;
	const services = new Set(here.map(database => source.databases[database.source]?.service));
	const globals = source.globals.find(one => services.has(one.service)) ?? source.globals[0];
	const needed = new Set(here.flatMap(database => rolesOf(source.databases[database.source])));
	const missing = target.server === null ? null : [...needed].filter(role => !target.server?.roles.includes(role));
	if (globals !== undefined) return {service: target.service, part: globals.part, missing};
	if (missing === null || missing.length === 0) return none;
	throw new AppError(
		'role-missing',
		`The dump needs roles that ${target.service} does not have: ${missing.join(', ')}`,
		{
			hint: 'Restore without owners (--no-owner gives everything to the owner of the database), or create the roles first',
			fix: ['lifeboat', 'restore', source.file, '--no-owner', '--yes'],
		},
	);
}

function rolesOf(database: SourceDatabase | undefined): readonly string[] {
	if (database === undefined || database.withoutOwners) return [];
	return [...(database.roles ?? []), ...(database.owner === null ? [] : [database.owner])];
}

/** Refuses what cannot succeed, before anything changes. A server that is down is asked once it is up. */
export function refuseTarget(input: PreflightInput): void {
	const {target} = input;
	const here = input.databases.filter(database => database.service === target.service);
	if (here.length === 0 || target.server === null) return;
	if (target.server.replica)
		throw new AppError('preflight-failed', `${target.service} is a replica: it takes its data from its primary`, {
			hint: 'Restore into the primary; the replica follows by itself',
		});
	refuseOtherClient(target, target.server);
	refuseRights(input, target.server, here);
	const needed = here.flatMap(database => source(input, database)?.extensions ?? []);
	refuseMissingExtensions(target.server, target, needed);
	refuseTimescale(target.server, target, needed);
	for (const database of here) {
		const archive = source(input, database)?.archive;
		const obstacle = archive ? findArchiveObstacle(archive, target.server) : undefined;
		if (obstacle !== undefined) throw obstacle;
	}

	refuseLowDisk(input, target.server, here);
	for (const database of here) {
		if (target.server.preparedTransactions.includes(database.name) && input.mode !== 'to-database')
			throw new AppError(
				'preflight-failed',
				`The database ${database.name} has prepared transactions, so it cannot be renamed or dropped`,
				{
					hint: 'Commit them or roll them back (see pg_prepared_xacts), then try again',
				},
			);
		if (target.server.slots.includes(database.name) && input.mode === 'in-place')
			throw new AppError(
				'preflight-failed',
				`The database ${database.name} has a logical replication slot, so it cannot be dropped`,
				{
					hint: 'Drop the slot (see pg_replication_slots), or restore without --in-place',
				},
			);
	}
}

function source(input: PreflightInput, database: PlannedDatabase): SourceDatabase | undefined {
	return input.source.databases[database.source];
}

function refuseMissingExtensions(facts: TargetFacts, target: TargetServer, needed: SourceDatabase['extensions']): void {
	const missing = [...new Set(needed.map(extension => extension.name))].filter(
		name => !facts.extensions.some(available => available.name === name),
	);
	if (missing.length === 0) return;
	const images = [...new Set(missing.flatMap(name => suggestImage(name, facts.major) ?? []))];
	throw new AppError(
		'extension-missing',
		`The image of ${target.service}${target.image === null ? '' : ` (${target.image})`} lacks ${missing.join(', ')}, which the backup needs`,
		{
			hint:
				images.length > 0
					? `Use an image that has it, for example ${images.join(', ')}, then try again`
					: 'Use an image that has it, as the server of the backup did, then try again',
		},
	);
}

function refuseTimescale(facts: TargetFacts, target: TargetServer, needed: SourceDatabase['extensions']): void {
	const wanted = needed.find(extension => extension.name === 'timescaledb');
	if (wanted === undefined) return;
	const available = facts.extensions.find(extension => extension.name === 'timescaledb')?.versions ?? [];
	if (wanted.version !== null && !available.includes(wanted.version))
		throw new AppError(
			'extension-missing',
			`The backup was made with TimescaleDB ${wanted.version}; ${target.service} has ${available.join(', ') || 'none'}`,
			{
				hint: 'TimescaleDB restores into the same version only: use the image of the backup, and update the extension afterwards',
			},
		);
	if (!facts.superuser)
		throw new AppError('preflight-failed', `Restoring TimescaleDB needs a superuser; ${target.user} is none`, {
			hint: `As a superuser: ALTER ROLE "${target.user}" SUPERUSER, then try again`,
		});
}

/** How much larger a database is than its dump when nobody recorded its size: rows are compressed, indexes are only named. */
const growthOfArchive = 8;
const growthOfPlain = 2;
const reserveBytes = 64 * 1024 * 1024;

/** Bytes that a database will take, by what the file says or its dump's size. */
export function estimateSize(database: SourceDatabase | undefined): number {
	if (database === undefined) return 0;
	if (database.sizeBytes !== null) return database.sizeBytes;
	return (
		(database.bytes ?? database.estimatedBytes ?? 0) * (database.format === 'plain' ? growthOfPlain : growthOfArchive)
	);
}

function refuseLowDisk(input: PreflightInput, facts: TargetFacts, here: readonly PlannedDatabase[]): void {
	if (facts.freeBytes === null) return;
	const needed = here.reduce((sum, database) => sum + estimateSize(source(input, database)), 0) + reserveBytes;
	const freed = input.mode === 'in-place' ? here.reduce((sum, database) => sum + (database.formerBytes ?? 0), 0) : 0;
	if (facts.freeBytes + freed >= needed) return;
	const canGoInPlace = input.mode === 'switch' && facts.freeBytes + sumFormer(here) >= needed;
	throw new AppError(
		'disk-low',
		`The disk of ${input.target.service} has ${prettyBytes(facts.freeBytes)} free; the restored data needs about ${prettyBytes(needed)}`,
		{
			hint: canGoInPlace
				? 'Free some space, or replace the data in place (--in-place): a rollback point is taken first, and the application is down meanwhile'
				: 'Free some space where the data of the database lies, then try again',
			...(canGoInPlace ? {fix: ['lifeboat', 'restore', input.source.file, '--in-place', '--yes']} : {}),
		},
	);
}

function sumFormer(databases: readonly PlannedDatabase[]): number {
	return databases.reduce((sum, database) => sum + (database.formerBytes ?? 0), 0);
}

/** What will not load into an older server, by name where the dump shows it. */
function describeLosses(input: PreflightInput, here: readonly PlannedDatabase[], major: number): string {
	const lost = here.flatMap(database => source(input, database)?.features ?? []).filter(one => one.since > major);
	if (lost.length === 0)
		return 'What only the newer server knows does not load; nothing of that was found in its definitions';
	return `These will not load: ${lost.map(one => `${one.what} (${one.object}, PostgreSQL ${one.since})`).join(', ')}`;
}

/** What may go wrong and is tried all the same. */
export function warnOfTarget(input: PreflightInput): readonly PlanWarning[] {
	const {target} = input;
	const facts = target.server;
	if (facts === null) return [];
	const here = input.databases.filter(database => database.service === target.service);
	const newest = Math.max(0, ...here.map(database => source(input, database)?.serverMajor ?? 0));
	const slots = here.filter(database => facts.slots.includes(database.name) && input.mode === 'switch');
	return [
		...(newest > facts.major
			? [
					{
						message: `The backup comes from PostgreSQL ${newest}; ${target.service} is ${facts.version}, which is older`,
						hint: `${describeLosses(input, here, facts.major)}. It is tried ${input.mode === 'switch' ? 'beside the live database, which stays as it is when it fails' : 'all the same, and undone when it fails'}`,
					},
				]
			: []),
		...slots.map(database => ({
			message: `A logical replication slot of ${database.name} stays with the former database`,
			hint: 'Set up the replication again after the restore',
		})),
		...(facts.superuser || input.mode === 'to-database'
			? []
			: [
					{
						message: `${target.user} is no superuser: extensions, settings and other roles' objects may be refused`,
						hint: 'It is tried on an empty database first: nothing is changed when it is refused',
					},
				]),
	];
}
