import {mkdtemp, rm, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {Compose, ContainerSummary} from '../../source/engine/types.js';
import {findEditedServices, findNewerOverride, isMadeOtherwise} from '../../source/stack/config-hashes.js';
import {serviceWith, stackWith} from '../flows/stack-fixture.js';

const madeAt = Date.parse('2026-06-01T10:00:00Z');

describe('files edited since the containers were made', () => {
	let folder: string;
	const file = (name: string) => join(folder, name);

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'lifeboat-hashes-'));
		await writeFile(file('compose.yml'), 'services: {app: {image: x}, worker: {image: x, env_file: w.env}}\n');
		await writeFile(file('compose.override.yml'), 'services: {app: {command: y}}\n');
		await writeFile(file('w.env'), 'A=b\n');
	});
	afterAll(() => rm(folder, {recursive: true}));

	/** A stack whose containers carry the fingerprint `old`, while the files say `new`. */
	async function editedWith(files: readonly string[], overrideAt: number) {
		await utimes(file('compose.override.yml'), new Date(overrideAt), new Date(overrideAt));
		const made = (service: string) =>
			({
				createdAt: madeAt,
				labels: {'com.docker.compose.service': service, 'com.docker.compose.config-hash': 'old'},
			}) as unknown as ContainerSummary;
		const run = async () => ({exitCode: 0, stdout: 'app new\nworker new\n', stderr: '', timedOut: false});
		const stack = stackWith({
			directory: folder,
			target: {files: files.map(file), profiles: [], envFiles: [], cwd: folder},
			services: [serviceWith('app'), serviceWith('worker')],
		});
		const tools = {
			compose: {run: run as unknown as Compose['run']},
			docker: {listContainers: async () => [made('app'), made('worker')]},
		};
		const {signal} = new AbortController();
		return {
			added: await findNewerOverride(stack, tools, signal),
			edited: await findEditedServices(stack, tools, {}, signal),
		};
	}

	test('an override file that was added after them counts, and is named', async () => {
		expect((await editedWith(['compose.yml'], madeAt + 60_000)).added).toBe(file('compose.override.yml'));
	});

	test('one that is older was left out on purpose; a service with an env file is not judged', async () => {
		expect(await editedWith(['compose.yml'], madeAt - 60_000)).toEqual({added: null, edited: ['app']});
	});
});

test('`up --no-deps` changes the fingerprint without an edit', () => {
	const labels = {'com.docker.compose.config-hash': 'old', 'com.docker.compose.depends_on': ''};
	expect(isMadeOtherwise(labels, 'new', ['db'])).toBe(false);
	expect(isMadeOtherwise(labels, 'new', [])).toBe(true);
	expect(isMadeOtherwise({...labels, 'com.docker.compose.depends_on': 'db:service_healthy:false'}, 'new', ['db'])).toBe(
		true,
	);
});
