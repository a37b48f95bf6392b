import {readFile, stat, statfs} from 'node:fs/promises';
import {freemem, totalmem} from 'node:os';
import type {EvidenceInput} from '../../diagnosis/evidence.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {GatheredService} from './gather-services.js';

/** Room on the host for the stack's folder and the engine's files. */
export async function readDisk(stack: Stack, {docker}: Pick<Services, 'docker'>, signal: AbortSignal) {
	const info = await docker.info(signal).catch(() => undefined);
	const paths = [stack.directory, ...(info?.local ? [info.rootDirectory] : [])];
	const rooms = await Promise.all(
		paths.map(async path => {
			const room = await statfs(path).catch(() => undefined);
			return room === undefined
				? []
				: [{path, sizeBytes: room.blocks * room.bsize, freeBytes: room.bavail * room.bsize, inodesFree: room.ffree}];
		}),
	);
	return rooms.flat();
}

/** Memory of the engine's machine; how much of it is free is known where that is this one. */
export async function readMemory({docker}: Pick<Services, 'docker'>, signal: AbortSignal) {
	const {local, memoryBytes} = await docker.info(signal);
	if (!local) return {totalBytes: memoryBytes, availableBytes: null};
	const meminfo = await readFile('/proc/meminfo', 'utf8').catch(() => '');
	const available = /^MemAvailable:\s+(\d+) kB/m.exec(meminfo)?.[1];
	return {totalBytes: totalmem(), availableBytes: available === undefined ? freemem() : Number(available) * 1024};
}

type Mount = NonNullable<GatheredService['mounts']>[number];

/** Mounts with what stands there on the host, and volumes with their age. */
export async function describeMounts(
	gathered: readonly GatheredService[],
	{docker, processes}: Pick<Services, 'docker' | 'processes'>,
	signal: AbortSignal,
): Promise<readonly GatheredService[]> {
	const {local} = await docker.info(signal);
	const names = new Set(gathered.flatMap(({mounts}) => (mounts ?? []).flatMap(({name}) => name ?? [])));
	const created = new Map<string, string>();
	if (names.size > 0) {
		const format = '{{.Name}}\t{{.CreatedAt}}';
		const listed = await processes.run('docker', ['volume', 'inspect', '--format', format, ...names], {signal});
		for (const line of listed.stdout.split('\n')) {
			const [name = '', time = ''] = line.split('\t');
			if (time !== '') created.set(name, time);
		}
	}

	const describe = async (mount: Mount): Promise<Mount> => ({
		...mount,
		createdAt: created.get(mount.name ?? '') ?? null,
		...(local && mount.type === 'bind' && mount.source ? await lookAt(mount.source) : {}),
	});
	return Promise.all(
		gathered.map(async service => ({...service, mounts: await Promise.all((service.mounts ?? []).map(describe))})),
	);
}

async function lookAt(path: string): Promise<Pick<Mount, 'kind' | 'owner' | 'mode'>> {
	try {
		const found = await stat(path);
		const kind = found.isDirectory() ? 'directory' : found.isFile() ? 'file' : 'other';
		return {kind, owner: `${found.uid}:${found.gid}`, mode: `0${(found.mode & 0o7777).toString(8)}`};
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'ENOENT' ? {kind: 'missing'} : {};
	}
}

const eventsBackSeconds = 7200;
const mostEvents = 60;

/** What the engine noted of the stack's containers in the last two hours: who was killed, and what ran out of memory. */
export async function readEvents(
	stack: Stack,
	{processes, clock}: Pick<Services, 'processes' | 'clock'>,
	signal: AbortSignal,
): Promise<NonNullable<EvidenceInput['events']>> {
	const now = Math.ceil(clock.now() / 1000);
	const filters = ['event=oom', 'event=die', 'event=kill', `label=com.docker.compose.project=${stack.project}`];
	const args = [
		...['events', '--since', String(now - eventsBackSeconds), '--until', String(now)],
		...filters.flatMap(filter => ['--filter', filter]),
		...['--format', '{{json .}}'],
	];
	const {stdout} = await processes.run('docker', args, {signal, timeoutMs: 5000});
	return stdout
		.split('\n')
		.filter(line => line.startsWith('{'))
		.slice(-mostEvents)
		.flatMap(line => {
			const {Action: action, Actor: actor, time} = JSON.parse(line) as RawEvent;
			const {'com.docker.compose.service': service, exitCode, signal: number} = actor?.Attributes ?? {};
			if (service === undefined) return [];
			return [
				{
					service,
					action,
					time: new Date(time * 1000).toISOString(),
					exitCode: exitCode === undefined ? null : Number(exitCode),
					signal: number === undefined ? null : Number(number),
				},
			];
		});
}

type RawEvent = {
	readonly Action: string;
	readonly Actor?: {readonly Attributes?: Readonly<Record<string, string>>};
	readonly time: number;
};
