import {describe, expect, test} from 'vitest';
import {summarizeProjects, targetOfLabels} from '../../source/stack/projects.js';
import {
	applyRuntime,
	composeLabels,
	inspectProject,
	modelFromContainers,
	realDataMount,
	stateOfContainers,
} from '../../source/stack/runtime.js';
import {applyAnswers} from '../../source/stack/server-answers.js';
import {parseAnswer, type ServerAnswer} from '../../source/stack/server-questions.js';
import {containerOf, summaryOf} from './container-fixture.js';
import {draftOf, postgres} from './fixture.js';

const volume = (name: string, target: string) => ({
	type: 'volume',
	name,
	source: `/var/lib/docker/volumes/${name}`,
	target,
	readOnly: false,
});
const anonymous = 'a'.repeat(64);
const written = {type: 'volume', name: 'pgdata', target: '/var/lib/postgresql/data'} as const;

describe('containers', () => {
	test('of `docker compose run` are left out', async () => {
		const list = [
			summaryOf({service: 'db'}),
			summaryOf({service: 'db', id: 'once', labels: {[composeLabels.oneOff]: 'True'}}),
		];
		const runtime = await inspectProject(list, {inspectContainer: async id => containerOf({service: 'db', id})});
		expect(runtime.get('db')?.map(({id}) => id)).toEqual(['id-of-db']);
	});

	test('that are gone when they are inspected are left out', async () => {
		expect((await inspectProject([summaryOf({service: 'db'})], {inspectContainer: async () => undefined})).size).toBe(
			0,
		);
	});

	test.each([
		[[], 'absent'],
		[['running', 'running'], 'running'],
		[['running', 'restarting'], 'restarting'],
		[['exited', 'running'], 'running'],
		[['removing'], 'dead'],
		[['created'], 'created'],
	] as const)('%j together are %s', (states, state) => {
		expect(stateOfContainers(states.map(status => containerOf({service: 'db', status})))).toBe(state);
	});

	test('give states, health and exit codes to services; what has none is absent', async () => {
		const {stack} = await draftOf({db: postgres, web: {image: 'example/web'}, init: {image: 'example/web'}});
		const runtime = new Map([
			[
				'db',
				[containerOf({service: 'db', health: 'healthy', mounts: [volume('shop_pgdata', '/var/lib/postgresql/data')]})],
			],
			['init', [containerOf({service: 'init', status: 'exited', exitCode: 3})]],
		]);
		const seen = applyRuntime(stack, runtime);
		expect(seen.services.map(({name, state, health, exitCode}) => ({name, state, health, exitCode}))).toEqual([
			{name: 'db', state: 'running', health: 'healthy', exitCode: null},
			{name: 'web', state: 'absent', health: null, exitCode: null},
			{name: 'init', state: 'exited', health: null, exitCode: 3},
		]);
		expect(seen.databases[0]).toMatchObject({
			containerId: 'id-of-db',
			state: 'running',
			dataMount: {name: 'pgdata', source: 'shop_pgdata'},
		});
	});
});

describe('realDataMount', () => {
	test('keeps the name of the compose file and adds the real one', () => {
		const container = containerOf({service: 'db', mounts: [volume('shop_pgdata', '/var/lib/postgresql/data')]});
		expect(realDataMount(container, written, '/var/lib/postgresql/data')).toEqual({...written, source: 'shop_pgdata'});
	});

	test('finds the data of postgres:18 in an anonymous volume beside the old mount', () => {
		const container = containerOf({
			service: 'db',
			mounts: [volume('shop_pgdata', '/var/lib/postgresql/data'), volume(anonymous, '/var/lib/postgresql')],
		});
		expect(realDataMount(container, written, '/var/lib/postgresql/18/docker')).toMatchObject({
			type: 'anonymous',
			name: null,
			source: anonymous,
		});
	});

	test('says when the data is in no mount at all', () => {
		expect(realDataMount(containerOf({service: 'db'}), written, '/elsewhere').type).toBe('none');
	});
});

test('a model from containers alone: environment, mounts by key, dependencies', async () => {
	const runtime = new Map([
		[
			'db',
			[
				containerOf({
					service: 'db',
					environment: {POSTGRES_USER: 'ana', POSTGRES_PASSWORD: 'x'},
					mounts: [volume('shop_pgdata', '/var/lib/postgresql/data'), volume(anonymous, '/other')],
				}),
			],
		],
		[
			'web',
			[
				containerOf({
					service: 'web',
					image: 'example/web:1',
					labels: {[composeLabels.dependsOn]: 'db:service_healthy:false,init:service_completed_successfully:false'},
				}),
			],
		],
	]);
	const model = modelFromContainers('shop', runtime);
	expect(model.services[0]?.mounts.map(({source}) => source)).toEqual(['pgdata', null]);
	expect(model.volumes).toEqual({pgdata: 'shop_pgdata', [anonymous]: anonymous});
	expect(model.services[1]?.dependsOn).toEqual({db: 'service_healthy', init: 'service_completed_successfully'});
});

describe("the server's answer", () => {
	const server = {
		version: '17.11 (Debian 17.11-1)',
		number: '170011',
		directory: '/var/lib/postgresql/data',
		recovery: false,
		asker: 'shop',
		database: 'postgres',
		superuser: true,
		roles: [{name: 'shop', superuser: true, login: true}],
		slots: null,
		clients: [
			{address: '10.0.0.3/32', database: 'shop', user: 'shop', application: 'web', count: 2},
			{address: null, database: 'shop', user: 'shop', application: '', count: 1},
		],
	};
	const database = (name: string, tables: number, size = 9_000_000) => ({
		name,
		owner: 'shop',
		size,
		tables,
		extensions: [{name: 'plpgsql', version: '1.0'}],
		publications: null,
	});
	const runtime = new Map([
		['db', [containerOf({service: 'db', mounts: [volume('shop_pgdata', '/var/lib/postgresql/data')]})]],
		['web', [containerOf({service: 'web', address: '10.0.0.3'})]],
	]);
	const answerOf = (...databases: readonly object[]) =>
		parseAnswer([JSON.stringify(server), ...databases.map(one => JSON.stringify(one)), 'free 1000'], runtime);

	test('is read line by line; clients are named by their service', () => {
		expect(answerOf(database('shop', 3))).toMatchObject({
			version: '17.11',
			major: 17,
			freeBytes: 1_024_000,
			facts: {
				databases: [{name: 'shop', tables: 3, sizeBytes: 9_000_000}],
				clients: [
					{service: 'web', address: '10.0.0.3/32', count: 2},
					{service: null, address: 'local', count: 1},
				],
			},
		});
	});

	test('tells how it was asked, and with which programs', () => {
		const container = {...containerOf({service: 'db'}), id: 'db-1'};
		const tell = (...lines: readonly string[]) =>
			parseAnswer([JSON.stringify(server), ...lines], runtime, container)?.facts.login;
		expect(tell('client pg_dump (PostgreSQL) 17.10 (Debian 17.10-1) zstd')).toEqual({
			containerId: 'db-1',
			startedAt: container.state.startedAt,
			user: server.asker,
			superuser: true,
			database: 'postgres',
			version: '17.11',
			versionNumber: 170011,
			client: {clientVersion: '17.10', clientMajor: 17, supportsZstd: true},
		});
		expect(tell('client pg_dump (PostgreSQL) 15.2')).toMatchObject({client: {clientMajor: 15, supportsZstd: false}});
		expect(tell('client ')).toBeUndefined();
		expect(tell()).toBeUndefined();
	});

	test.each([[[]], [['no json']], [['{"version": 1}']]])('%j is none', lines => {
		expect(parseAnswer(lines, runtime)).toBeUndefined();
	});

	async function stackWith(answer: ServerAnswer | {readonly reason: string} | undefined) {
		const {stack} = await draftOf({
			db: postgres,
			web: {image: 'example/web', dependsOn: ['db']},
			front: {image: 'example/front'},
		});
		return applyAnswers(
			applyRuntime(stack, runtime),
			answer === undefined ? new Map() : new Map([['db', answer]]),
			runtime,
		);
	}

	test('wins over the files; an empty database of maintenance is left out', async () => {
		const stack = await stackWith(answerOf(database('postgres', 0), database('shop', 3)));
		expect(stack.databases[0]).toMatchObject({
			serverVersion: '17.11',
			database: 'shop',
			databases: ['shop'],
			sizeBytes: 9_000_000,
			superuser: true,
			replica: false,
			extensions: ['plpgsql'],
		});
	});

	test('the database that services are connected to, when the one of the files is not there', async () => {
		const stack = await stackWith(answerOf(database('other', 9, 1), {...database('real', 1)}));
		expect(stack.databases[0]?.database).toBe('real');
		expect(stack.reasons.map(({rule}) => rule)).toContain('database-largest');
	});

	test('a role of the files that the server does not have: the one that could ask', async () => {
		const roles = [{name: 'older', superuser: true, login: true}];
		const answer = parseAnswer(
			[JSON.stringify({...server, roles, asker: 'older'}), JSON.stringify(database('shop', 1))],
			runtime,
		);
		const stack = await stackWith(answer);
		expect(stack.databases[0]).toMatchObject({user: 'older', superuser: true});
		expect(stack.reasons.map(({rule}) => rule)).toContain('user-missing');
	});

	test('a silent server leaves what the files know, with the reason', async () => {
		const stack = await stackWith({reason: 'psql is not in the container'});
		expect(stack.databases[0]).toMatchObject({database: 'shop', serverVersion: null});
		expect(stack.reasons.find(({rule}) => rule === 'server-silent')?.text).toContain('psql is not in the container');
	});

	test('a replica says so itself', async () => {
		const answer = parseAnswer(
			[JSON.stringify({...server, recovery: true}), JSON.stringify(database('shop', 1))],
			runtime,
		);
		expect((await stackWith(answer)).databases[0]?.replica).toBe(true);
	});
});

describe('projects of the engine', () => {
	const started = (project: string, more: object = {}) => ({
		service: 'db',
		project,
		labels: {
			[composeLabels.files]: `/srv/${project}/compose.yaml,/srv/a,b/over.yaml`,
			[composeLabels.directory]: `/srv/${project}`,
		},
		...more,
	});

	test('those that run and have a PostgreSQL come first', () => {
		const list = summarizeProjects(
			[
				summaryOf(started('zoo')),
				summaryOf(started('asleep', {status: 'exited'})),
				summaryOf(started('blog', {image: 'nginx', service: 'web'})),
			],
			'/',
		);
		expect(list.map(({project, running, hasPostgres}) => [project, running, hasPostgres])).toEqual([
			['zoo', 1, true],
			['blog', 1, false],
			['asleep', 0, true],
		]);
	});

	test('the target is the files, folder and env file of the newest container, commas in paths and all', () => {
		const labels = {[composeLabels.environmentFile]: '/srv/shop/prod.env'};
		const containers = [
			summaryOf({...started('shop'), createdAt: 1}),
			summaryOf({...started('shop', {createdAt: 2}), labels: {...started('shop').labels, ...labels}}),
		];
		expect(targetOfLabels(containers, '/')).toEqual({
			files: ['/srv/shop/compose.yaml', '/srv/a,b/over.yaml'],
			projectName: 'shop',
			projectDirectory: '/srv/shop',
			profiles: [],
			envFiles: ['/srv/shop/prod.env'],
			cwd: '/srv/shop',
		});
	});

	test('without the labels there is none', () => {
		expect(targetOfLabels([summaryOf({service: 'db'})], '/')).toBeUndefined();
		expect(targetOfLabels([], '/')).toBeUndefined();
	});
});
