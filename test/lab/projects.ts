import {readdir, readFile, rm, writeFile} from 'node:fs/promises';
import type {StackName} from './definitions.js';
import {attempt, run} from './run.js';
import {labPath, prepareLabPath} from './state.js';

export type StackRecord = {readonly name: StackName; readonly project: string; readonly directory: string};

/** The stacks that were started and not yet removed, by this or another process. */
export async function findStacks(): Promise<readonly StackRecord[]> {
	const files = await readdir(labPath('records')).catch(() => []);
	const texts = await Promise.all(files.map(file => readFile(labPath('records', file), 'utf8')));
	return texts.map(text => JSON.parse(text) as StackRecord);
}

/** Notes a stack, so that `status`, `stack-down` and `clean` find it. */
export async function recordStack(record: StackRecord): Promise<void> {
	await writeFile(await prepareLabPath('records', `${record.project}.json`), JSON.stringify(record));
}

export async function forgetStack(project: string): Promise<void> {
	await rm(labPath('records', `${project}.json`), {force: true});
}

/** Removes every container, network, volume and image of a Compose project, whoever made them. */
export async function removeProject(project: string): Promise<void> {
	const label = `label=com.docker.compose.project=${project}`;
	const steps = [
		{list: ['container', 'ls', '--all', '--filter', label], remove: ['container', 'rm', '--force', '--volumes']},
		{list: ['network', 'ls', '--filter', label], remove: ['network', 'rm']},
		{list: ['volume', 'ls', '--filter', label], remove: ['volume', 'rm', '--force']},
		{list: ['image', 'ls', '--filter', label], remove: ['image', 'rm', '--force']},
	];
	for (const {list, remove} of steps) {
		const ids = (await run(['docker', ...list, '--quiet'])).split('\n').filter(id => id !== '');
		if (ids.length > 0) {
			await attempt(['docker', ...remove, ...new Set(ids)]);
		}
	}
	await removeImageNames(`127.0.0.1:*/${project}/*`);
}

/** Removes images by their names, not their ids: stacks of other projects have the same images under other names. Digests are seen once the tags are gone. */
export async function removeImageNames(pattern: string): Promise<void> {
	const name = '{{.Repository}}{{if eq .Tag "<none>"}}@{{.Digest}}{{else}}:{{.Tag}}{{end}}';
	for (const _of of ['tags', 'digests']) {
		const listed = await run([
			'docker',
			'image',
			'ls',
			'--digests',
			'--filter',
			`reference=${pattern}`,
			'--format',
			name,
		]);
		const names = listed.split('\n').filter(line => line !== '');
		if (names.length > 0) {
			await attempt(['docker', 'image', 'rm', ...new Set(names)]);
		}
	}
}
