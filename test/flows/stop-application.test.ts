import {expect, test} from 'vitest';
import {stopApplication} from '../../source/flows/upgrade/stop-application.js';
import type {UndoOf} from '../../source/flows/upgrade/undo-data.js';
import type {Services} from '../../source/services.js';
import {fakeClock} from './steps/fakes.js';

const data = {
	project: 'clerq',
	services: [],
	added: [],
	forgotten: [],
	oneShots: ['migrate'],
} as unknown as UndoOf<'start'>;

/** An engine that refuses to remove the container of a migration, which is gone after so many looks. */
function engine(looksUntilGone: number) {
	let looks = 0;
	const labels = {'com.docker.compose.service': 'migrate', 'com.docker.compose.oneoff': 'True'};
	return {
		clock: fakeClock(),
		processes: {
			run: async () => ({
				exitCode: 1,
				stdout: '',
				stderr: 'Error response from daemon: removal of container m1 is already in progress',
			}),
		},
		docker: {
			listContainers: async () => [{id: 'm1', labels, state: 'running'}],
			inspectContainer: async () => (++looks > looksUntilGone ? undefined : {}),
		},
	} as unknown as Services;
}

const {signal} = new AbortController();

test('a container that is being removed already is waited for', async () => {
	await expect(stopApplication(data, engine(4), signal)).resolves.toBeUndefined();
});

test('one that stays is told, with the engine’s words', async () => {
	await expect(stopApplication(data, engine(Number.POSITIVE_INFINITY), signal)).rejects.toMatchObject({
		code: 'tool-failed',
		fix: ['docker', 'rm', '--force', 'm1'],
		details: [expect.stringContaining('already in progress')],
	});
});
