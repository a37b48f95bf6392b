import {describe, expect, test} from 'vitest';
import {readRawFiles} from '../../source/stack/raw-files.js';

async function read(
	files: Readonly<Record<string, string>>,
	options: {
		readonly files?: readonly string[];
		readonly envFiles?: readonly string[];
		readonly environment?: Readonly<Record<string, string>>;
	} = {},
) {
	return readRawFiles({
		files: options.files ?? ['/srv/shop/compose.yaml'],
		projectDirectory: '/srv/shop',
		envFiles: options.envFiles ?? [],
		cwd: '/srv/shop',
		environment: options.environment ?? {},
		read: async path => files[path],
	});
}

describe('readRawFiles', () => {
	test('reads environment maps and lists, bare names, anchors and merge keys', async () => {
		const raw = await read({
			'/srv/shop/compose.yaml': `
x-common: &common
  SHARED: "yes"
services:
  a:
    environment: &env
      <<: *common
      ONE: 1
      EMPTY:
  b:
    environment: [TWO=2, BARE, "URL=postgres://a:b=c@db/x"]
  c:
    environment: *env
`,
		});
		const environmentOf = (name: string) => raw.services.get(name)?.[0]?.environment;
		expect(environmentOf('a')).toEqual({SHARED: 'yes', ONE: '1', EMPTY: null});
		expect(environmentOf('b')).toEqual({TWO: '2', BARE: null, URL: 'postgres://a:b=c@db/x'});
		expect(environmentOf('c')).toEqual(environmentOf('a'));
	});

	test('follows extends, include and env_file, also interpolated and in the long form', async () => {
		const raw = await read({
			'/srv/shop/compose.yaml': `
include:
  - path: ./infra/compose.yaml
services:
  web:
    extends: {file: base.yaml, service: web}
    env_file:
      - path: \${ENV_FILE:-web.env}
      - path: absent.env
        required: false
      - gone.env
    environment: {MODE: last}
`,
			'/srv/shop/base.yaml': 'services:\n  web:\n    image: example/web\n    environment: {MODE: first, BASE: "1"}\n',
			'/srv/shop/infra/compose.yaml':
				'services:\n  db:\n    image: postgres:17\n    env_file: db.env\n    volumes: ["./pg:/var/lib/postgresql/data"]\n',
			'/srv/shop/infra/db.env': 'POSTGRES_PASSWORD=x\n',
			'/srv/shop/web.env': 'TOKEN=y\n',
		});
		expect(raw.composeFiles).toEqual(['/srv/shop/compose.yaml', '/srv/shop/infra/compose.yaml', '/srv/shop/base.yaml']);
		expect(raw.envFiles).toEqual(['/srv/shop/infra/db.env', '/srv/shop/web.env']);
		expect(raw.missing).toEqual(['/srv/shop/gone.env']);
		expect(raw.services.get('web')?.map(({environment}) => environment)).toEqual([
			{MODE: 'first', BASE: '1'},
			{MODE: 'last'},
		]);
		expect(raw.services.get('db')?.[0]?.mounts).toEqual([{source: './pg', target: '/var/lib/postgresql/data'}]);
	});

	test('knows what interpolation reads: .env, then the shell, which wins', async () => {
		const raw = await read(
			{
				'/srv/shop/compose.yaml': 'services:\n  a:\n    image: x:${TAG:-${FALLBACK}}\n',
				'/srv/shop/.env': 'TAG=1\nUSER_NAME=ana\nURL=http://$USER_NAME\n',
			},
			{environment: {TAG: '2'}},
		);
		expect(raw.dotenvFiles).toEqual(['/srv/shop/.env']);
		expect(raw.variables).toMatchObject({TAG: '2', URL: 'http://ana'});
		expect([...raw.interpolated].sort()).toEqual(['FALLBACK', 'TAG']);
	});

	test('reads --env-file in place of .env, and names it when it is missing', async () => {
		const raw = await read(
			{'/srv/shop/.env': 'A=1', '/srv/shop/prod.env': 'A=2', '/srv/shop/compose.yaml': 'services: {}'},
			{envFiles: ['/srv/shop/prod.env', '/srv/shop/none.env']},
		);
		expect(raw.dotenv).toEqual({A: '2'});
		expect(raw.missing).toEqual(['/srv/shop/none.env']);
	});

	test('drops what !reset takes away and survives broken files', async () => {
		const raw = await read(
			{
				'/srv/shop/compose.yaml': 'services:\n  a:\n    environment: !reset {A: "1"}\n  b: !override\n    image: x\n',
				'/srv/shop/broken.yaml': 'no map at all',
			},
			{files: ['/srv/shop/compose.yaml', '/srv/shop/broken.yaml', '/srv/shop/none.yaml']},
		);
		expect(raw.services.get('a')?.[0]?.environment).toEqual({});
		expect(raw.services.get('b')?.[0]?.image).toBe('x');
		expect(raw.missing).toEqual(['/srv/shop/broken.yaml', '/srv/shop/none.yaml']);
	});

	test('splits short volumes outside of braces', async () => {
		const raw = await read({
			'/srv/shop/compose.yaml': 'services:\n  a:\n    volumes: ["${DIR:-./data}:/data:ro", "named:/x", "/anonymous"]\n',
		});
		expect(raw.services.get('a')?.[0]?.mounts).toEqual([
			{source: '${DIR:-./data}', target: '/data'},
			{source: 'named', target: '/x'},
		]);
	});
});

describe('swallowed dollars', () => {
	const swallowedIn = async (dotenv: string, compose = 'services: {}') =>
		(await read({'/srv/shop/.env': dotenv, '/srv/shop/compose.yaml': compose})).swallowed.map(
			({name, variable}) => `${name}:${variable}`,
		);

	test('in .env', async () => {
		expect(await swallowedIn('PW=ab$cd\n')).toEqual(['PW:cd']);
		expect(await swallowedIn('PW="ab$cd"\n')).toEqual(['PW:cd']);
	});

	test('in the compose file', async () => {
		expect(await swallowedIn('', 'services:\n  a:\n    environment: {PW: "x$word"}\n')).toEqual(['PW:word']);
	});

	test.each([
		"PW='ab$cd'\n",
		'PW=ab$$cd\n',
		'cd=1\nPW=ab$cd\n',
		'PW="ab\\$cd"\n',
		'URL=${HOST:-a-$PORT}\n',
		'PW=$cd\n',
	])('not in %j', async dotenv => {
		expect(await swallowedIn(dotenv)).toEqual([]);
	});
});
