import {stat} from 'node:fs/promises';
import type {Services} from '../../services.js';
import type {ComposeModel, ModelService} from '../../stack/compose-model.js';
import type {GatheredModel} from './gather-model.js';
import type {GatheredService} from './gather-services.js';

export type Refusals = {
	/** In the words of Compose and the engine, so that the same signatures know them. */
	readonly lines: readonly string[];
	readonly portsInUse: readonly {readonly port: number; readonly owner: string | null}[];
};

const registryTimeoutMs = 12_000;

/**
 * Why `up` would be refused for what does not run: its output is seldom kept, but its reasons can be looked up.
 * External networks and files that are not there, names and ports that others have, images that no registry knows.
 */
export async function findRefusals(
	{model, externalNetworks}: GatheredModel,
	gathered: readonly GatheredService[],
	services: Services,
	signal: AbortSignal,
): Promise<Refusals> {
	if (model === null) return {lines: [], portsInUse: []};
	const down = model.services.filter(service => service.profiles.length === 0 && isDown(service.name, gathered));
	const [networks, names, images, files, ports] = await Promise.all([
		findMissingNetworks(externalNetworks, services, signal),
		findTakenNames(down, services, signal),
		findMissingImages(down, services, signal),
		findMissingFiles(model, services, signal),
		findTakenPorts(down, gathered, services, signal),
	]);
	return {lines: [...networks, ...names, ...images, ...files], portsInUse: ports};
}

/** Has no container that runs, or ever ran well. */
function isDown(name: string, gathered: readonly GatheredService[]): boolean {
	return gathered
		.filter(({service}) => service === name)
		.every(({state, exitCode}) =>
			['created', 'absent'].includes(state ?? 'absent')
				? true
				: ['exited', 'dead'].includes(state ?? '') && exitCode !== 0,
		);
}

async function findMissingNetworks(
	wanted: readonly string[],
	{processes}: Pick<Services, 'processes'>,
	signal: AbortSignal,
): Promise<readonly string[]> {
	if (wanted.length === 0) return [];
	const listed = await processes.run('docker', ['network', 'ls', '--format', '{{.Name}}'], {signal});
	if (listed.exitCode !== 0) return [];
	const known = new Set(listed.stdout.split('\n'));
	return wanted
		.filter(name => !known.has(name))
		.map(name => `network ${name} declared as external, but could not be found`);
}

async function findTakenNames(
	down: readonly ModelService[],
	{docker}: Pick<Services, 'docker'>,
	signal: AbortSignal,
): Promise<readonly string[]> {
	const wanted = down.filter(service => service.containerName !== null);
	if (wanted.length === 0) return [];
	const containers = await docker.listContainers({all: true}, signal);
	return wanted.flatMap(({name, containerName}) => {
		const holder = containers.find(container => container.name === containerName);
		if (holder === undefined || holder.labels['com.docker.compose.service'] === name) return [];
		const project = holder.labels['com.docker.compose.project'];
		const owner = project === undefined ? '' : ` of the project ${project}`;
		return [`The container name "${containerName}" is already in use by container ${holder.id.slice(0, 12)}${owner}`];
	});
}

/** Asks the registry about images that are not here; reads only. Without an answer that is said, not guessed. */
async function findMissingImages(
	down: readonly ModelService[],
	{docker, processes}: Pick<Services, 'docker' | 'processes'>,
	signal: AbortSignal,
): Promise<readonly string[]> {
	const wanted = [...new Set(down.flatMap(({image, build}) => (image === null || build !== null ? [] : [image])))];
	const lines = await Promise.all(
		wanted.map(async image => {
			if ((await docker.inspectImage(image, signal)) !== undefined) return [];
			const insecure = /^(?:localhost|127\.)/.test(image) ? ['--insecure'] : [];
			const asked = await processes.run('docker', ['manifest', 'inspect', ...insecure, image], {
				signal,
				timeoutMs: registryTimeoutMs,
			});
			return asked.exitCode === 0 ? [] : [describeRefusal(image, asked.timedOut ? 'no answer in time' : asked.stderr)];
		}),
	);
	return lines.flat();
}

/** The registry's word in the form in which a pull shows it; that it did not answer proves nothing about the image. */
function describeRefusal(image: string, stderr: string): string {
	const said = stderr.trim().split('\n').at(-1) ?? '';
	if (/toomanyrequests|rate limit/i.test(said)) return `${image}: ${said}`;
	if (/denied|unauthorized/i.test(said)) return `pull access denied for ${image}, ${said}`;
	if (/no such manifest|manifest unknown|name unknown|not found/i.test(said))
		return `manifest for ${image} not found: manifest unknown`;
	return `the image ${image} is not on this machine, and its registry cannot be asked: ${said}`;
}

async function findMissingFiles(
	{secrets, configs}: ComposeModel,
	{docker}: Pick<Services, 'docker'>,
	signal: AbortSignal,
): Promise<readonly string[]> {
	const wanted = [...secrets, ...configs].flatMap(({file}) => (file === null ? [] : [file]));
	if (wanted.length === 0 || !(await docker.info(signal)).local) return [];
	const missing = await Promise.all(
		wanted.map(file =>
			stat(file).then(
				() => [],
				() => [`bind source path does not exist: ${file}`],
			),
		),
	);
	return missing.flat();
}

/** Who listens on the host ports that a service wants which does not run: another container, or a program of this machine. */
async function findTakenPorts(
	down: readonly ModelService[],
	gathered: readonly GatheredService[],
	{processes}: Pick<Services, 'processes'>,
	signal: AbortSignal,
): Promise<Refusals['portsInUse']> {
	const wanted = new Set(down.flatMap(service => service.ports.flatMap(({host}) => host ?? [])));
	if (wanted.size === 0) return [];
	const own = new Set(gathered.map(service => service.container));
	const [containers, sockets] = await Promise.all([
		processes.run('docker', ['ps', '--format', '{{.Names}}\t{{.Ports}}'], {signal}),
		processes.run('ss', ['-H', '-l', '-t', '-n', '-p'], {signal}).catch(() => undefined),
	]);
	const taken = new Map<number, string | null>();
	for (const line of sockets?.exitCode === 0 ? sockets.stdout.split('\n') : []) {
		const port = Number(/\S+:(\d+)\s+\S+:\*/.exec(line)?.[1] ?? Number.NaN);
		if (wanted.has(port)) taken.set(port, /users:\(\("([^"]+)"/.exec(line)?.[1] ?? null);
	}

	for (const line of containers.stdout.split('\n')) {
		const [name = '', ports = ''] = line.split('\t');
		if (own.has(name)) continue;
		for (const [, port] of ports.matchAll(/:(\d+)->/g)) {
			if (wanted.has(Number(port))) taken.set(Number(port), `container ${name}`);
		}
	}

	return [...taken].map(([port, owner]) => ({port, owner}));
}
