import {describe, expect, test} from 'vitest';
import {judgeStorage, storageRules} from '../../source/stack/durable-storage.js';
import {draftOf, factsOf, postgres, type Sketch} from './fixture.js';

const app: Sketch = {image: 'example/app:1'};

function ruleOf(sketch: Sketch, others: Readonly<Record<string, Sketch>> = {}) {
	const facts = factsOf({db: postgres, it: sketch, ...others});
	const service = facts.model.services.find(({name}) => name === 'it');
	const mount = service?.mounts[0];
	if (service === undefined || mount === undefined) throw new Error('no mount');
	return judgeStorage(mount, service, facts).rule;
}

describe('each rule', () => {
	test.each<readonly [string, Sketch]>([
		['engine-or-system', {...app, volumes: ['/var/run/docker.sock:/var/run/docker.sock']}],
		['engine-or-system', {...app, volumes: ['/etc/localtime:/etc/localtime:ro']}],
		['engine-or-system', {...app, volumes: ['/:/rootfs:ro']}],
		['postgres-data', {image: 'postgres:17', volumes: ['data:/var/lib/postgresql/data']}],
		['postgres-data-elsewhere', {...app, volumes: ['pgdata:/backup-source']}],
		['key-file', {...app, volumes: ['/opt/shop/cert.p12:/opt/cert.p12:ro']}],
		['key-folder', {...app, volumes: ['./certs:/certs:ro']}],
		['certificates', {image: 'traefik:3', volumes: ['traefik-letsencrypt:/letsencrypt']}],
		['own-configuration', {...app, volumes: ['./configuration:/etc/app/config:ro']}],
		['read-only', {image: 'nginx', volumes: ['/srv/www:/usr/share/nginx/html:ro']}],
		['configuration-file', {...app, volumes: ['./app.yaml:/app/config.yaml']}],
		['configuration-folder', {...app, volumes: ['./init:/docker-entrypoint-initdb.d']}],
		['source-code', {build: './web', volumes: ['./web/src:/app/src']}],
		['source-code', {build: '.', volumes: ['.:/app']}],
		['rebuildable-kind', {image: 'redis:7', volumes: ['redis:/data']}],
		['dependencies', {build: '.', volumes: ['modules:/app/node_modules']}],
		['rebuildable-name', {...app, volumes: ['app-logs:/var/app/out']}],
		['rebuildable-name', {...app, volumes: ['model-cache:/cache']}],
		['kept', {...app, volumes: ['uploads:/data/uploads']}],
		['kept', {image: 'minio/minio', volumes: ['objects:/data']}],
		['kept', {image: 'clickhouse/clickhouse-server', volumes: ['events:/var/lib/clickhouse']}],
	])('%s', (rule, sketch) => {
		expect(ruleOf(sketch)).toBe(rule);
	});

	test('not-on-disk', () => {
		const facts = factsOf({it: app});
		const service = facts.model.services[0];
		if (service === undefined) throw new Error('no service');
		expect(judgeStorage({type: 'tmpfs', source: null, target: '/tmp/x', readOnly: false}, service, facts).rule).toBe(
			'not-on-disk',
		);
	});

	test('all rules are tested here', () => {
		const tested =
			'not-on-disk engine-or-system postgres-data postgres-data-elsewhere key-file key-folder certificates own-configuration read-only configuration-file configuration-folder source-code rebuildable-kind dependencies rebuildable-name kept';
		expect(storageRules.map(({rule}) => rule).sort()).toEqual(tested.split(' ').sort());
	});
});

describe('the list', () => {
	test('each volume once, binds as the compose file writes them, with the real name on the engine', async () => {
		const mounts = [{source: '${DATA:-./media}', target: '/media'}];
		const definition = {file: '/srv/shop/compose.yaml', environment: {}, envFiles: [], mounts, image: null};
		const {stack} = await draftOf(
			{
				db: postgres,
				web: {...app, dependsOn: ['db'], volumes: ['uploads:/data', './media:/media']},
				worker: {...app, dependsOn: ['db'], volumes: ['uploads:/data']},
				proxy: {image: 'nginx', volumes: ['uploads:/srv']},
			},
			{raw: {services: new Map([['web', [definition]]])}},
		);
		expect(stack.durable).toEqual([
			{service: 'web', type: 'volume', name: 'uploads', target: '/data', source: null},
			{service: 'web', type: 'bind', name: './media', target: '/media', source: '/srv/shop/media'},
		]);
	});

	test('a folder inside of a kept one is not named twice', async () => {
		const {stack} = await draftOf({web: {...app, volumes: ['./data:/data', './data/inner:/inner']}});
		expect(stack.durable.map(({source}) => source)).toEqual(['/srv/shop/data']);
	});

	test('keys that a server keeps beside its data are kept', async () => {
		const {stack} = await draftOf({
			db: {
				...postgres,
				volumes: ['pgdata:/var/lib/postgresql/data', 'db-config:/etc/postgresql-custom', 'sockets:/var/run/postgresql'],
			},
		});
		expect(stack.durable.map(({name}) => name)).toEqual(['db-config']);
	});
});
