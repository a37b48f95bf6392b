import prettyBytes from 'pretty-bytes';
import {quoteIdentifier, quoteShell} from '../../../postgres/quote.js';
import {query} from '../../../postgres/sql.js';
import {faultyServer} from '../connection-in-use.js';
import {type Remedy, refuse} from '../remedy.js';
import {withClient} from '../server-client.js';
import {findSharers} from '../volumes.js';
import {statement} from './roles.js';
import {renewal} from './server-settings.js';

type LockFacts = {readonly dataFolder: string; readonly others: readonly string[]};

/** Clears a lock that no server holds: proven by looking at every running container that has the same volume. */
export const removeStalePid: Remedy<LockFacts> = {
	async look(context, services, signal) {
		const {service, containerId, dataMount} = faultyServer(context);
		const own = containerId === null ? undefined : await services.docker.inspectContainer(containerId, signal);
		return {
			dataFolder: own?.environment['PGDATA'] ?? dataMount.target ?? '/var/lib/postgresql/data',
			others: await findSharers(services, {project: context.stack.project, service}, signal),
		};
	},
	plan(context, {dataFolder, others}) {
		const {service} = faultyServer(context);
		if (others.length > 0)
			return refuse(
				`${others.join(', ')} uses the same volume and runs: the lock may be its own`,
				`Stop it first: docker stop ${others.join(' ')}`,
			);
		return {
			actions: [
				{kind: 'compose', title: `Stop ${service}`, args: ['stop', service]},
				{
					kind: 'volume-script',
					title: 'Remove the lock that no server holds',
					service,
					script: `rm -f ${quoteShell(`${dataFolder}/postmaster.pid`)}`,
					undo: null,
					exclusive: true,
				},
				...renewal(service),
			],
		};
	},
};

type OwnerFacts = {readonly owner: string; readonly path: string | null};

/** Gives a mounted folder to the user that the container runs as. */
export const chownMount: Remedy<OwnerFacts> = {
	async look({stack, finding, situation}, services, signal) {
		const service = stack.services.find(one => one.name === finding.service);
		const [id] = service?.containerIds ?? [];
		const details = id === undefined ? undefined : await services.docker.inspectContainer(id, signal);
		if (details === undefined) return {owner: '', path: null};
		const isServer = stack.databases.some(server => server.service === service?.name);
		const ask = isServer ? 'echo "$(id -u postgres):$(id -g postgres)"' : 'echo "$(id -u):$(id -g)"';
		const user = !isServer || details.user !== '' ? [`--user=${details.user || '0'}`] : [];
		const args = ['run', '--rm', '--pull=never', '--network=none', ...user, '--entrypoint=sh', details.imageId];
		const whose = isServer && details.user !== '' ? 'echo "$(id -u):$(id -g)"' : ask;
		const result = await services.processes.run('docker', [...args, '-c', whose], {signal, timeoutMs: 60_000});
		const wanted = situation.captures['path'] ?? '';
		const mounts = details.mounts.filter(mount => mount.type === 'bind' || mount.type === 'volume');
		const mount =
			mounts.find(one => wanted === one.source || wanted === one.target || wanted.startsWith(`${one.target}/`)) ??
			(mounts.length === 1 ? mounts[0] : mounts.find(one => /postgresql/.test(one.target)));
		return {owner: result.stdout.trim(), path: mount?.target ?? null};
	},
	plan({finding, stack}, {owner, path}) {
		const {service} = finding;
		if (service === null || path === null || !/^\d+:\d+$/.test(owner))
			return refuse(
				'It is not known which folder has to belong to whom',
				'Give the folder on the host to the user of the container: chown -R',
			);
		const isServer = stack.databases.some(server => server.service === service);
		return {
			actions: [
				{kind: 'compose', title: `Stop ${service}`, args: ['stop', service]},
				{kind: 'chown', service, path, owner},
				...(isServer ? renewal(service) : []),
			],
		};
	},
};

type CollationFacts = {readonly databases: readonly string[]};

/** Rebuilds the indexes of every database whose recorded collation version is not the system's, and only then notes the new version. */
export const reindexCollation: Remedy<CollationFacts> = {
	look: (context, services, signal) =>
		withClient(context, services, signal, async client => {
			if (client.facts.serverMajor < 15) return {databases: []};
			const rows = await query<{name: string}>(
				client,
				client.facts.maintenanceDatabase,
				'SELECT datname AS name FROM pg_catalog.pg_database WHERE datallowconn AND datcollversion IS DISTINCT FROM pg_catalog.pg_database_collation_actual_version(oid) ORDER BY datname',
				{signal},
			);
			return {databases: rows.map(row => row.name)};
		}),
	plan(context, {databases}) {
		const {service} = faultyServer(context);
		const {database} = context.situation.captures;
		const all = databases.length > 0 ? databases : database === undefined ? [] : [database];
		if (all.length === 0) return refuse('No database of the server has another collation version than its system');
		return {
			backup: {service, databases: all},
			actions: all.flatMap(name => [
				statement(service, name, {
					title: `Rebuild all indexes of ${name}`,
					sql: `REINDEX DATABASE ${quoteIdentifier(name)}`,
					undo: null,
				}),
				statement(service, name, {
					title: `Note the collation version of ${name}`,
					sql: `ALTER DATABASE ${quoteIdentifier(name)} REFRESH COLLATION VERSION`,
					undo: null,
				}),
			]),
			recreate: [],
			effects: [
				'While an index is rebuilt nobody writes to its table',
				'Pin the image with its system (for example -bookworm), so that it does not change beneath its tag again',
			],
		};
	},
};

type DiskFacts = {
	readonly images: readonly {readonly id: string; readonly bytes: number}[];
	/** What takes the room, as the engine sums it up. */
	readonly usage: readonly string[];
};

/** Removes the images without a name that no container uses, after showing them and what else takes the room. */
export const freeDisk: Remedy<DiskFacts> = {
	async look(_context, services, signal) {
		const [list, usage, used] = await Promise.all([
			services.processes.run('docker', ['image', 'ls', '--quiet', '--no-trunc', '--filter', 'dangling=true'], {
				signal,
				timeoutMs: 60_000,
			}),
			services.processes.run(
				'docker',
				['system', 'df', '--format', '{{.Type}}: {{.Size}}, of which {{.Reclaimable}} could go'],
				{signal, timeoutMs: 120_000},
			),
			services.docker.listContainers({all: true}, signal),
		]);
		const inUse = new Set(used.map(container => container.imageId));
		const ids = [...new Set(list.stdout.split('\n').filter(id => id !== '' && !inUse.has(id)))];
		const images = await Promise.all(
			ids.map(async id => ({id, bytes: (await services.docker.inspectImage(id, signal))?.sizeBytes ?? 0})),
		);
		return {images, usage: usage.stdout.split('\n').filter(Boolean)};
	},
	plan(context, {images, usage}) {
		const {service} = faultyServer(context);
		if (images.length === 0)
			return refuse(
				`The engine has no images without a name that could go. ${usage.join('; ')}`,
				'Look with `df -h` and `docker system df -v`; remove old logs and backups, never volumes and never files below pg_wal',
			);
		return {
			actions: [
				{
					kind: 'engine',
					title: `Remove ${images.length} unused images without a name`,
					args: ['image', 'rm', ...images.map(image => image.id)],
					undo: null,
				},
				{kind: 'start-server', service},
			],
			destroys: images.map(
				image =>
					`the image ${image.id.slice(7, 19)} (${prettyBytes(image.bytes)} with what it shares), which no name points to and no container uses`,
			),
			effects: usage,
		};
	},
};
