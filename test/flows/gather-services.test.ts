import {expect, test} from 'vitest';
import type {ContainerDetails} from '../../source/engine/types.js';
import {gatherServices} from '../../source/flows/troubleshoot/gather-services.js';
import type {Services} from '../../source/services.js';
import {type FakeContainer, fakeClock, fakeDocker, service, stackOf} from './steps/fakes.js';

const now = Date.parse('2026-06-14T02:00:00Z');
const startedAgo = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const checked = (status: string) => ({status, failingStreak: 0, log: []});

/** How the evidence describes a container that runs at this moment. */
async function stateOf(container: Partial<FakeContainer>): Promise<string | null | undefined> {
	const docker = fakeDocker([{service: 'app', ...container}]);
	const rest = {createdAt: now, environment: {}, entrypoint: [], command: [], mounts: [], networks: [], ports: []};
	const services = {
		clock: fakeClock(now),
		docker: {
			...docker,
			inspectImage: async () => undefined,
			async *logs() {},
			inspectContainer: async (id: string) => ({...rest, ...(await docker.inspectContainer(id))}) as ContainerDetails,
		},
	} as unknown as Services;
	const [found] = await gatherServices(stackOf([service('app')]), services, new AbortController().signal);
	return found?.state;
}

test('a container caught between two crashes is one that restarts, until it has proven that it stays up', async () => {
	expect(await stateOf({restartCount: 3, state: {startedAt: startedAgo(5)}})).toBe('restarting');
	expect(await stateOf({restartCount: 3, state: {startedAt: startedAgo(40)}})).toBe('running');
	expect(await stateOf({restartCount: 0, state: {startedAt: startedAgo(5)}})).toBe('running');
});

test('where a health check has still to speak it has longer', async () => {
	const after = (seconds: number, status: string) =>
		stateOf({restartCount: 3, state: {startedAt: startedAgo(seconds), health: checked(status)}});
	expect(await after(40, 'starting')).toBe('restarting');
	expect(await after(90, 'starting')).toBe('running');
	expect(await after(5, 'healthy')).toBe('running');
});
