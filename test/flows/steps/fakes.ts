import type {
	Clock,
	ContainerDetails,
	ContainerSummary,
	Docker,
	Http,
	HttpAnswer,
} from '../../../source/engine/types.js';
import type {Stack, StackService} from '../../../source/stack/stack.js';

/** A clock that moves only when somebody sleeps. */
export function fakeClock(start = Date.parse('2026-06-14T02:00:00Z')): Clock {
	let now = start;
	return {
		now: () => now,
		async sleep(milliseconds, signal) {
			signal?.throwIfAborted();
			now += milliseconds;
			await new Promise(resolve => {
				setImmediate(resolve);
			});
		},
	};
}

/** Gives the answers in turn, the last one for ever. */
export function fakeHttp(...answers: readonly HttpAnswer[]): Http & {readonly asked: string[]} {
	const asked: string[] = [];
	return {
		asked,
		async get(url) {
			asked.push(url);
			return answers[Math.min(asked.length, answers.length) - 1] ?? {status: null, reason: 'connection refused'};
		},
	};
}

export type FakeContainer = {
	readonly service: string;
	readonly id?: string;
	readonly state?: Partial<ContainerDetails['state']>;
	readonly restartPolicy?: string;
	restartCount?: number;
};

/** An engine that knows these containers; `change` is called before each list. */
export function fakeDocker(containers: FakeContainer[], change: () => void = () => {}): Docker {
	const idOf = (container: FakeContainer) => container.id ?? `${container.service}-id`;
	const notAsked = () => {
		throw new Error('not expected here');
	};
	return {
		info: notAsked,
		inspectImage: notAsked,
		findRemoteDigest: notAsked,
		listVolumes: notAsked,
		logs: notAsked,
		events: notAsked,
		top: notAsked,
		async listContainers() {
			change();
			return containers.map(
				container =>
					({
						id: idOf(container),
						name: `clerq-${container.service}-1`,
						labels: {'com.docker.compose.service': container.service},
					}) as unknown as ContainerSummary,
			);
		},
		async inspectContainer(id) {
			const found = containers.find(container => idOf(container) === id);
			if (found === undefined) return undefined;
			return {
				id,
				name: `clerq-${found.service}-1`,
				restartCount: found.restartCount ?? 0,
				restartPolicy: found.restartPolicy ?? 'unless-stopped',
				state: {
					status: 'running',
					running: true,
					exitCode: 0,
					oomKilled: false,
					error: '',
					startedAt: '2026-06-14T01:00:00Z',
					finishedAt: null,
					health: null,
					...found.state,
				},
			} as ContainerDetails;
		},
	};
}

export function service(name: string, change: Partial<StackService> = {}): StackService {
	return {
		name,
		role: 'app',
		stopForRestore: true,
		oneShot: false,
		image: null,
		build: true,
		state: 'running',
		health: null,
		exitCode: null,
		restartCount: 0,
		ports: [],
		healthUrl: null,
		containerIds: [`${name}-id`],
		dependsOn: [],
		connectionVariables: [],
		...change,
	};
}

export function stackOf(services: readonly StackService[], change: Partial<Stack> = {}): Stack {
	return {
		project: 'clerq',
		directory: '/srv/clerq',
		target: {files: [], profiles: [], envFiles: [], cwd: '/srv/clerq'},
		composeFiles: ['docker-compose.yml'],
		envFiles: ['.env'],
		secretFiles: [],
		upgradeMode: 'build',
		databases: [],
		external: [],
		services,
		durable: [],
		secrets: [],
		warnings: [],
		reasons: [],
		engineReached: true,
		source: 'model',
		...change,
	};
}
