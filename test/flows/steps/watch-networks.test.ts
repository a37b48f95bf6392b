import {expect, test} from 'vitest';
import {watchNetworks} from '../../../source/flows/steps/watch-networks.js';
import type {Services} from '../../../source/services.js';
import {serverWith} from '../stack-fixture.js';

const stack = {project: 'clerq', databases: [serverWith({service: 'postgres'})]};

/** An engine with one database container, whose networks are told look by look; the last answer stays. */
function engine(...looks: readonly number[]) {
	let count = 0;
	const docker = {
		listContainers: async () => [{id: '1', labels: {'com.docker.compose.service': 'postgres'}}],
		inspectContainer: async () => {
			const networks = looks[Math.min(count, looks.length - 1)] ?? 0;
			count++;
			return {networks: Array.from({length: networks}, (_, index) => ({name: `n${index}`}))};
		},
	} as unknown as Services['docker'];
	return {services: {docker}, looked: () => count};
}

const until = (isTrue: () => boolean) => expect.poll(isTrue, {interval: 2, timeout: 10_000}).toBe(true);

test('a server that loses its last network ends the wait, and it is told which', async () => {
	const {services} = engine(1, 0);
	const watch = watchNetworks(services, stack, new AbortController().signal, 1);
	await until(() => watch.signal.aborted);
	expect(watch.reason()).toMatchObject({code: 'database-unreachable', message: expect.stringContaining('postgres')});
	watch.stop();
});

test.each([
	['was never on one (network_mode: host)', [0]],
	['keeps one', [2, 1]],
	['is back at the next look', [1, 0, 1]],
])('a server that %s is left alone', async (_what, looks) => {
	const {services, looked} = engine(...looks);
	const watch = watchNetworks(services, stack, new AbortController().signal, 1);
	await until(() => looked() > 8);
	expect(watch.signal.aborted).toBe(false);
	watch.stop();
});

test("the caller's own cancel is passed on, and is no reason of ours", () => {
	const controller = new AbortController();
	const watch = watchNetworks(engine(1).services, stack, controller.signal, 1);
	controller.abort();
	expect(watch.signal.aborted).toBe(true);
	expect(watch.reason()).toBeUndefined();
	watch.stop();
});
