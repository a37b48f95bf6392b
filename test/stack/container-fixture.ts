import type {ContainerDetails, ContainerSummary} from '../../source/engine/types.js';
import {composeLabels} from '../../source/stack/runtime.js';

type Sketch = {
	readonly id?: string;
	readonly project?: string;
	readonly service: string;
	readonly status?: string;
	readonly health?: string;
	readonly exitCode?: number;
	readonly environment?: Readonly<Record<string, string>>;
	readonly mounts?: ContainerDetails['mounts'];
	readonly address?: string;
	readonly image?: string;
	readonly labels?: Readonly<Record<string, string>>;
	readonly createdAt?: number;
};

const labelsOf = ({project = 'shop', service, labels}: Sketch) => ({
	[composeLabels.project]: project,
	[composeLabels.service]: service,
	[composeLabels.oneOff]: 'False',
	...labels,
});

export function containerOf(sketch: Sketch): ContainerDetails {
	const status = sketch.status ?? 'running';
	return {
		id: sketch.id ?? `id-of-${sketch.service}`,
		name: `shop-${sketch.service}-1`,
		image: sketch.image ?? 'postgres:17',
		imageId: 'sha256:0',
		createdAt: sketch.createdAt ?? 0,
		platform: 'linux',
		restartCount: 0,
		state: {
			status,
			running: status === 'running',
			exitCode: sketch.exitCode ?? 0,
			oomKilled: false,
			error: '',
			startedAt: null,
			finishedAt: null,
			health: sketch.health === undefined ? null : {status: sketch.health, failingStreak: 0, log: []},
		},
		user: '',
		hostname: 'host',
		environment: sketch.environment ?? {},
		entrypoint: [],
		command: [],
		workingDirectory: '/',
		labels: labelsOf(sketch),
		restartPolicy: 'no',
		memoryLimitBytes: null,
		shmSizeBytes: null,
		networkMode: 'shop_default',
		extraHosts: [],
		mounts: sketch.mounts ?? [],
		networks: [{name: 'shop_default', ipAddress: sketch.address ?? '', aliases: [sketch.service]}],
		ports: [],
	};
}

export function summaryOf(sketch: Sketch): ContainerSummary {
	return {
		id: sketch.id ?? `id-of-${sketch.service}`,
		name: `shop-${sketch.service}-1`,
		image: sketch.image ?? 'postgres:17',
		imageId: 'sha256:0',
		state: sketch.status ?? 'running',
		status: 'Up',
		labels: labelsOf(sketch),
		createdAt: sketch.createdAt ?? 0,
	};
}
