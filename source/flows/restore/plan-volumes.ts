import type {Manifest} from '../../bundle/manifest.js';
import type {Docker} from '../../engine/types.js';
import type {DurableStorage, Stack} from '../../stack/stack.js';
import type {WriterPlan} from '../steps/writers.js';

/** A volume or folder of the backup that the stack has a place for. */
export type PlannedVolume = {
	readonly part: string;
	readonly type: 'volume' | 'bind';
	/** As the compose file names it. */
	readonly name: string;
	/** Service that it belongs to. */
	readonly service: string;
	/** The engine's name or path; null while the engine does not have it. */
	readonly source: string | null;
	/** Bytes of its archive. */
	readonly bytes: number;
	/** Services whose containers have it mounted. */
	readonly users: readonly string[];
};

export type VolumesPlan = {
	readonly volumes: readonly PlannedVolume[];
	/** In the backup, and nowhere in the stack. */
	readonly unknown: readonly string[];
};

/** Finds the place in the stack of every volume and folder of a backup, and who uses it. Only reads. */
export async function planVolumes(
	manifest: Manifest,
	stack: Stack,
	docker: Pick<Docker, 'inspectContainer'>,
	signal: AbortSignal,
): Promise<VolumesPlan> {
	const usersOf = await readUsers(stack, manifest.volumes.length === 0, docker, signal);
	const volumes: PlannedVolume[] = [];
	const unknown: string[] = [];
	for (const saved of manifest.volumes) {
		const place = findPlace(saved, stack.durable);
		if (place === undefined) {
			unknown.push(saved.name);
			continue;
		}

		const source = place.source ?? null;
		volumes.push({
			part: saved.path,
			type: place.type,
			name: place.name,
			service: place.service,
			source,
			bytes: manifest.parts.find(part => part.path === saved.path)?.bytes ?? 0,
			users: source === null ? [] : usersOf(source),
		});
	}

	return {volumes, unknown};
}

function findPlace(saved: Manifest['volumes'][number], durable: readonly DurableStorage[]): DurableStorage | undefined {
	return (
		durable.find(one => one.type === saved.type && one.name === saved.name) ??
		durable.find(one => one.service === saved.service && one.target === saved.target)
	);
}

async function readUsers(
	stack: Stack,
	isIdle: boolean,
	docker: Pick<Docker, 'inspectContainer'>,
	signal: AbortSignal,
): Promise<(source: string) => readonly string[]> {
	if (isIdle) return () => [];
	const mounts = await Promise.all(
		stack.services.map(async service => {
			const details = await Promise.all(service.containerIds.map(id => docker.inspectContainer(id, signal)));
			const sources = details.flatMap(one => one?.mounts.flatMap(mount => [mount.name, mount.source]) ?? []);
			return {service: service.name, sources: new Set(sources)};
		}),
	);
	return source => mounts.filter(one => one.sources.has(source)).map(one => one.service);
}

/** The services that must not run while files are exchanged, besides those that write to the database. */
export function withUsers(plan: WriterPlan, stack: Stack, volumes: readonly PlannedVolume[]): WriterPlan {
	const names = new Set(volumes.flatMap(volume => volume.users));
	const planned = new Set([...plan.writers, ...plan.poolers].map(one => one.service));
	const more = stack.services.filter(
		service =>
			names.has(service.name) &&
			!planned.has(service.name) &&
			service.role !== 'database' &&
			(service.state === 'running' || service.state === 'restarting'),
	);
	return {
		writers: [...plan.writers, ...more.map(({name, containerIds}) => ({service: name, containerIds}))],
		poolers: plan.poolers,
	};
}

/** `Volume uploads`, `Folder ./content`. */
export function describeVolume(volume: Pick<PlannedVolume, 'type' | 'name'>): string {
	return `${volume.type === 'volume' ? 'Volume' : 'Folder'} ${volume.name}`;
}
