import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {ContainerDetails, ContainerSummary} from '../../source/engine/types.js';
import {AppError} from '../../source/errors.js';
import {type DetectTools, detectStack} from '../../source/stack/detect.js';
import {composeLabels} from '../../source/stack/runtime.js';
import type {Stack} from '../../source/stack/stack.js';
import {containerOf, summaryOf} from './container-fixture.js';

const directory = mkdtempSync(join(tmpdir(), 'lifeboat-detect-'));
writeFileSync(join(directory, 'compose.yaml'), 'services: {}\n');
const empty = mkdtempSync(join(tmpdir(), 'lifeboat-empty-'));
const labels = (project = 'shop') => ({
	[composeLabels.project]: project,
	[composeLabels.directory]: directory,
	[composeLabels.files]: join(directory, 'compose.yaml'),
});
const model = {
	name: 'shop',
	services: {
		db: {image: 'postgres:17', environment: {POSTGRES_PASSWORD: 'x', POSTGRES_DB: 'shop'}},
		web: {image: 'example/web:1', environment: {DATABASE_URL: 'postgres://postgres:x@db/shop'}},
	},
};
const serverLine = JSON.stringify({
	version: '17.11',
	number: 170_011,
	directory: '/var/lib/postgresql/data',
	recovery: false,
	asker: 'postgres',
	database: 'postgres',
	superuser: true,
	roles: null,
	slots: null,
	clients: null,
});
const databaseLine = JSON.stringify({
	name: 'shop',
	owner: 'postgres',
	size: 9_000_000,
	tables: 4,
	extensions: null,
	publications: null,
});

type World = {
	readonly containers?: readonly (readonly [ContainerSummary, ContainerDetails])[] | AppError;
	readonly config?: unknown | AppError;
	readonly allProfiles?: unknown;
	readonly processes?: readonly string[];
};

/** Tools of a small world: containers that are there, and what Compose and psql answer. */
function toolsOf(world: World, log: string[] = []): DetectTools {
	const {containers = [], config = model} = world;
	return {
		docker: {
			async listContainers() {
				if (containers instanceof AppError) throw containers;
				return containers.map(([summary]) => summary);
			},
			async inspectContainer(id) {
				return containers instanceof AppError ? undefined : containers.find(([, details]) => details.id === id)?.[1];
			},
			top: async () => world.processes ?? [],
		},
		compose: {
			async config(target, options) {
				log.push(`config ${target.profiles.join()}${options?.allProfiles ? '*' : ''}`);
				if (target.files.length === 0 && target.cwd === empty)
					throw new AppError('stack-not-found', 'There is no compose file here');
				const answer = options?.allProfiles || target.profiles.length > 0 ? (world.allProfiles ?? config) : config;
				if (answer instanceof AppError) throw answer;
				return {model: answer, warnings: []};
			},
			run: async () => ({exitCode: 0, stdout: 'db same\nweb same\n', stderr: '', timedOut: false}),
		},
		processes: {
			async run(command, args) {
				log.push(`${command} ${args.join(' ')}`);
				return {exitCode: 0, stdout: `${serverLine}\n${databaseLine}\nfree 5000000\n`, stderr: '', timedOut: false};
			},
		},
		settings: {stack: () => ({backups: []})},
		environment: {},
	};
}

const container = (service: string, more: Partial<Parameters<typeof containerOf>[0]> = {}) => {
	const sketch = {service, labels: labels(more.project), ...more};
	return [summaryOf(sketch), containerOf(sketch)] as const;
};
const here = {files: [], profiles: [], envFiles: [], cwd: directory};
const codesOf = (stack: Stack) => stack.warnings.map(({code}) => code);

test('shows what it knows while the rest arrives: files, containers, servers', async () => {
	const seen: Stack[] = [];
	const tools = toolsOf({
		containers: [container('db', {health: 'healthy'}), container('web', {image: 'example/web:1'})],
	});
	const stack = await detectStack(here, tools, {onPartial: partial => seen.push(partial)});
	expect(
		[...seen, stack].map(({engineReached, databases: [db]}) => [engineReached, db?.state, db?.serverVersion]),
	).toEqual([
		[false, 'absent', null],
		[true, 'running', null],
		[true, 'running', '17.11'],
	]);
	expect(stack).toMatchObject({
		project: 'shop',
		source: 'model',
		databases: [{database: 'shop', sizeBytes: 9_000_000, health: 'healthy'}],
	});
	expect(codesOf(stack)).toContain('no-backup');
});

test('asks each server once, with neither names nor passwords in argv', async () => {
	const log: string[] = [];
	await detectStack(
		here,
		toolsOf(
			{containers: [container('db', {environment: {POSTGRES_USER: 'postgres', POSTGRES_PASSWORD: 'geheim'}})]},
			log,
		),
	);
	const asked = log.filter(line => line.startsWith('docker exec'));
	expect(asked).toHaveLength(1);
	expect(asked[0]).toMatch(/^docker exec -i (?:-e LIFEBOAT_\w+ )+id-of-db sh -s$/);
});

describe('the engine', () => {
	test.each(['engine-unreachable', 'engine-permission-denied'] as const)(
		'%s: the files, with a warning',
		async code => {
			const stack = await detectStack(
				here,
				toolsOf({containers: new AppError(code, 'The engine is not there', {hint: 'Start it'})}),
			);
			expect(stack).toMatchObject({engineReached: false, databases: [{service: 'db', state: 'absent'}]});
			expect(stack.warnings.find(warning => warning.code === code)).toMatchObject({hint: 'Start it'});
		},
	);

	test('gone as well as the files: what Compose says is thrown', async () => {
		const tools = toolsOf({
			containers: new AppError('engine-unreachable', 'x'),
			config: new AppError('compose-file-invalid', 'refused'),
		});
		await expect(detectStack(here, tools)).rejects.toMatchObject({code: 'compose-file-invalid'});
	});
});

describe('which stack', () => {
	test('files that Compose refuses: what runs', async () => {
		const tools = toolsOf({
			containers: [container('db', {environment: {POSTGRES_USER: 'ana', POSTGRES_DB: 'shop', POSTGRES_PASSWORD: 'x'}})],
			config: new AppError('compose-file-invalid', 'Docker Compose refuses the files: line 3'),
		});
		const stack = await detectStack(here, tools);
		expect(stack).toMatchObject({
			source: 'containers',
			project: 'shop',
			databases: [{user: 'ana', database: 'shop', serverVersion: '17.11'}],
		});
		expect(codesOf(stack)).toContain('compose-file-invalid');
	});

	test('started under another name: that one', async () => {
		const log: string[] = [];
		const stack = await detectStack(here, toolsOf({containers: [container('db', {project: 'other'})]}, log));
		expect(stack.target.projectName).toBe('other');
	});

	test('another project that was started in the same folder from other files is not this one', async () => {
		const beside = {...labels('monitoring'), [composeLabels.files]: join(directory, 'monitoring.yaml')};
		const stack = await detectStack(
			here,
			toolsOf({containers: [container('db', {project: 'monitoring', labels: beside})]}),
		);
		expect(stack).toMatchObject({project: 'shop', databases: [{state: 'absent'}]});
	});

	test('the same name, started elsewhere: another stack, with a warning', async () => {
		const stranger = {
			...labels(),
			[composeLabels.directory]: '/srv/elsewhere',
			[composeLabels.files]: '/srv/elsewhere/compose.yaml',
		};
		const stack = await detectStack(here, toolsOf({containers: [container('db', {labels: stranger})]}));
		expect(stack.databases[0]).toMatchObject({state: 'absent', serverVersion: null});
		expect(stack.warnings.find(({code}) => code === 'same-project-name')?.message).toContain('/srv/elsewhere');
	});

	test('several projects of the same files: which one is meant must be said', async () => {
		const tools = toolsOf({
			containers: [container('db', {project: 'one'}), container('db', {project: 'two', id: 'second'})],
		});
		await expect(detectStack(here, tools)).rejects.toMatchObject({
			code: 'stack-ambiguous',
			message: expect.stringContaining('one, two'),
		});
	});

	test('a service behind a profile that runs: the profile is enabled', async () => {
		const withJobs = {...model, services: {...model.services, jobs: {image: 'example/web:1', profiles: ['jobs']}}};
		const stack = await detectStack(here, toolsOf({containers: [container('jobs')], allProfiles: withJobs}));
		expect(stack.target.profiles).toEqual(['jobs']);
		expect(stack.services.map(({name}) => name)).toContain('jobs');
	});

	test('none here: the projects of the engine are offered, or files under another name', async () => {
		const elsewhere = {...here, cwd: empty};
		await expect(detectStack(elsewhere, toolsOf({containers: [container('db')]}))).rejects.toMatchObject({
			code: 'stack-not-found',
			fix: ['lifeboat', '-p', 'shop'],
		});
		writeFileSync(join(empty, 'docker-compose.traefik.yml'), '');
		await expect(detectStack(elsewhere, toolsOf({}))).rejects.toMatchObject({
			fix: ['lifeboat', '-f', 'docker-compose.traefik.yml'],
		});
		await expect(
			detectStack({...elsewhere, projectName: 'nobody'}, toolsOf({containers: [container('db')]})),
		).rejects.toMatchObject({
			message: 'There is no Compose project nobody on this Docker engine',
		});
	});
});

test('a PostgreSQL inside of an application is seen by its processes', async () => {
	const config = {name: 'shop', services: {all: {image: 'example/all-in-one:1'}}};
	const tools = toolsOf({
		config,
		containers: [container('all', {image: 'example/all-in-one:1'})],
		processes: ['node server.js', '/usr/lib/postgresql/17/bin/postgres -D /data/pg'],
	});
	expect((await detectStack(here, tools)).warnings.find(({code}) => code === 'embedded-postgres')?.message).toBe(
		'all runs a PostgreSQL of its own',
	);
});
