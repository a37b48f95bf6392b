import {randomBytes} from 'node:crypto';
import {AppError} from '../../errors.js';
import {readServer, type ServerCatalogue} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {quoteShell} from '../../postgres/quote.js';
import {type ServerAside, startServerAside} from '../../postgres/server-aside.js';
import {query} from '../../postgres/sql.js';
import {createVolume, mountFlag} from '../../stack/volumes.js';
import type {MoveRun} from './context.js';
import {asideNames} from './plan.js';

/** What the new cluster must be like, read from the old server. */
export type ClusterFacts = {
	readonly catalogue: ServerCatalogue;
	/** The first superuser, which owns what the system made. */
	readonly superuser: string;
	readonly maxLocks: string;
};

export async function readCluster(client: PostgresClient, signal: AbortSignal): Promise<ClusterFacts> {
	const [row] = await query<{superuser: string; maxLocks: string}>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT (SELECT rolname FROM pg_roles WHERE oid = 10) AS superuser, current_setting('max_locks_per_transaction') AS "maxLocks"`,
		{signal},
	);
	return {
		catalogue: await readServer(client, {signal}),
		superuser: row?.superuser ?? 'postgres',
		maxLocks: row?.maxLocks ?? '64',
	};
}

/** Starts the server of the old version beside the stack, on the data that the service's own image cannot read. */
export async function startOldServer(run: MoveRun): Promise<ServerAside> {
	const {plan, services, signal} = run;
	const {old} = plan;
	const details = await services.docker.inspectContainer(old.containerId, signal);
	if (details === undefined)
		throw new AppError(
			'container-stopped',
			`The container of ${plan.service} is gone, and with it the way to its volumes`,
			{
				hint: 'Start the service once, then try again',
				fix: ['docker', 'compose', 'up', '-d', plan.service],
			},
		);
	const own = Object.entries(details.environment).filter(([name]) => /^(?:POSTGRES|TZ$|LANG$|LC_)/.test(name));
	return startServerAside(services, {
		name: asideNames(plan).old,
		project: plan.stack.project,
		image: old.runs,
		mounts: [`--volumes-from=${old.containerId}`],
		environment: {...Object.fromEntries(own), PGDATA: old.dataFolder},
		command: details.command,
		systemUser: old.systemUser,
		shmBytes: details.shmSizeBytes,
		user: old.user,
		initialises: false,
		operationId: `major-${plan.id}-old`,
		signal,
	});
}

/** Makes the new volume and starts a server on it, beside the stack: same locale, same first superuser, settings for loading. */
export async function startNewServer(run: MoveRun, cluster: ClusterFacts): Promise<ServerAside> {
	const {plan, services, signal} = run;
	const {next, old} = plan;
	if (next.volume !== null)
		await createVolume(
			services.processes,
			{name: next.place.source, project: plan.stack.project, key: next.volume.key},
			signal,
		);
	const details = await services.docker.inspectContainer(old.containerId, signal);
	const libraries = cluster.catalogue.sharedPreloadLibraries;
	const settings = [
		'synchronous_commit=off',
		'autovacuum=off',
		'max_wal_size=4GB',
		'checkpoint_timeout=30min',
		`max_locks_per_transaction=${cluster.maxLocks}`,
		...(libraries.length > 0 ? [`shared_preload_libraries=${libraries.join(',')}`] : []),
	];
	return startServerAside(services, {
		name: asideNames(plan).new,
		project: plan.stack.project,
		image: next.image,
		mounts:
			next.place.type === 'bind'
				? [`--volume=${next.place.source}:${next.target}`]
				: [mountFlag(next.place, next.target)],
		environment: {
			POSTGRES_USER: cluster.superuser,
			POSTGRES_DB: 'postgres',
			POSTGRES_PASSWORD: details?.environment['POSTGRES_PASSWORD'] || randomBytes(24).toString('hex'),
			POSTGRES_INITDB_ARGS: initdbArguments(cluster.catalogue),
			...(old.ownPgdata === null ? {} : {PGDATA: old.ownPgdata}),
		},
		command: ['postgres', ...settings.flatMap(setting => ['-c', setting])],
		systemUser: old.systemUser,
		shmBytes: next.shmBytes,
		user: cluster.superuser,
		// The database `postgres` is replaced by the old one: nobody may be connected to it.
		database: 'template1',
		initialises: true,
		operationId: `major-${plan.id}-new`,
		signal,
	});
}

/** Locale and encoding of the cluster, as its first database has them. */
function initdbArguments({databases, dataChecksums}: ServerCatalogue): string {
	const like = databases.find(one => one.name === 'postgres') ?? databases[0];
	if (like === undefined) return '';
	const {localeProvider: provider, locale} = like;
	const args = [
		`--encoding=${like.encoding}`,
		`--lc-collate=${like.collate}`,
		`--lc-ctype=${like.ctype}`,
		...(provider === 'icu' ? ['--locale-provider=icu', ...(locale === null ? [] : [`--icu-locale=${locale}`])] : []),
		...(provider === 'builtin'
			? ['--locale-provider=builtin', ...(locale === null ? [] : [`--builtin-locale=${locale}`])]
			: []),
		...(dataChecksums ? ['--data-checksums'] : []),
	];
	return args.map(quoteShell).join(' ');
}

/** Identity of a cluster: initdb makes one, and nothing changes it. */
export async function readClusterId(client: PostgresClient, signal: AbortSignal): Promise<string> {
	const [row] = await query<{id: string}>(
		client,
		client.facts.maintenanceDatabase,
		'SELECT system_identifier::text AS id FROM pg_control_system()',
		{signal},
	);
	return row?.id ?? '';
}
