import {describe, expect, test} from 'vitest';
import {findConnectionStrings} from '../../source/stack/connection-search.js';
import {engineOfScheme, parseConnectionString} from '../../source/stack/connection-string.js';

const app = {host: 'db', port: 5432, user: 'app', password: 'pw', database: 'shop', problems: []};

describe('parseConnectionString', () => {
	test.each([
		'postgres://app:pw@db:5432/shop',
		'postgresql://app:pw@db:5432/shop?sslmode=disable',
		'postgresql+psycopg2://app:pw@db:5432/shop',
		'postgresql+asyncpg://app:pw@db:5432/shop',
		'db+postgresql://app:pw@db:5432/shop',
		'ecto://app:pw@db:5432/shop',
		'pg://db:5432?u=app&p=pw&d=shop',
		'jdbc:postgresql://db:5432/shop?user=app&password=pw',
		'r2dbc:postgresql://app:pw@db:5432/shop',
		'Host=db;Port=5432;Database=shop;Username=app;Password=pw',
		'User ID=app;Password=pw;Server=db:5432;Database=shop;',
		'host=db port=5432 user=app password=pw dbname=shop',
		"host=db port=5432 user=app password='pw' dbname=shop sslmode=disable",
		'postgres:///shop?host=db&port=5432&user=app&password=pw',
	])('%s', text => {
		expect(parseConnectionString(text)).toMatchObject({engine: 'postgresql', ...app});
	});

	test('decodes what is percent-encoded', () => {
		expect(parseConnectionString('postgres://a%40b:p%40%2Fw%25@db/my%2Ddb')).toMatchObject({
			user: 'a@b',
			password: 'p@/w%',
			database: 'my-db',
			problems: [],
		});
	});

	test('knows sockets, IPv6 and several hosts', () => {
		expect(parseConnectionString('postgresql:///app?host=/var/run/postgresql')).toMatchObject({
			host: null,
			socket: '/var/run/postgresql',
			database: 'app',
		});
		expect(parseConnectionString('postgresql://u@%2Fvar%2Frun/app')).toMatchObject({host: null, socket: '/var/run'});
		expect(parseConnectionString('postgres://u:p@[::1]:5433/app')).toMatchObject({host: '::1', port: 5433});
		expect(parseConnectionString('postgres://u:p@one:5432,two:5433/app?target_session_attrs=rw')).toMatchObject({
			host: 'one',
			hosts: ['one', 'two'],
			database: 'app',
		});
	});

	test.each([
		['mysql://root@db/app', 'mysql'],
		['mysql+pymysql://root@db/app', 'mysql'],
		['mongodb+srv://u:p@cluster/app', 'mongodb'],
		['cockroachdb://root@db:26257/defaultdb', 'cockroachdb'],
		['sqlite:////data/app.db', 'sqlite'],
		['redis://cache:6379/0', 'other'],
		['Server=db;Initial Catalog=app;User Id=sa;Password=x', 'sqlserver'],
	] as const)('%s is %s', (text, engine) => {
		expect(parseConnectionString(text)?.engine).toBe(engine);
	});

	test.each(['', 'db', 'true', 'key=value', 'a b=c', 'Hello; world', 'localhost:5432', 'jdbc', 'x=1;y=2'])(
		'%j is none',
		text => {
			expect(parseConnectionString(text)).toBeUndefined();
		},
	);
});

describe('problems', () => {
	test.each([
		['postgres://app:p@ss@db:5432/shop', '@', 'p@ss'],
		['postgres://app:p/ss@db:5432/shop', '/', 'p/ss'],
		['postgres://app:p#ss@db:5432/shop', '#', 'p#ss'],
		['postgres://app:p?ss@db:5432/shop', '?', 'p?ss'],
		['postgres://app:12/34@db:5432/shop', '/', '12/34'],
	])('%s: unescaped %s, and still read as meant', (text, character, password) => {
		const connection = parseConnectionString(text);
		expect(connection).toMatchObject({host: 'db', port: 5432, user: 'app', database: 'shop', password});
		expect(connection?.problems).toMatchObject([{code: 'unescaped-character', part: 'password', character}]);
	});

	test('a % that begins no escape', () => {
		expect(parseConnectionString('postgres://app:50%off@db/shop')).toMatchObject({
			password: '50%off',
			problems: [{code: 'bad-percent-encoding', part: 'password'}],
		});
	});

	test('an @ in the query is no problem', () => {
		expect(parseConnectionString('postgres://db:5432/shop?user=me@home')).toMatchObject({host: 'db', problems: []});
	});

	test.each([
		['"postgres://app:pw@db/shop"', 'quoted'],
		['postgres://app:p w@db/shop', 'whitespace'],
		['postgres://app:pw@db:port/shop', 'port-invalid'],
		['postgres://app:pw@/shop', 'host-missing'],
	])('%s: %s', (text, code) => {
		expect(parseConnectionString(text)?.problems.map(problem => problem.code)).toContain(code);
	});

	test('never hold the password', () => {
		for (const text of ['postgres://app:geh@eim@db/x', 'postgres://app:geheim%@db/x', "'postgres://app:geheim@db/x'"]) {
			expect(JSON.stringify(parseConnectionString(text)?.problems)).not.toContain('geh');
		}
	});
});

test('schemes of drivers belong to their engine', () => {
	expect(['postgres', 'jdbc:postgresql', 'postgis', 'postgresql+psycopg'].map(engineOfScheme)).toEqual(
		Array.from({length: 4}, () => 'postgresql'),
	);
	expect(engineOfScheme('https')).toBe('other');
});

describe('findConnectionStrings', () => {
	test('in a command line', () => {
		expect(findConnectionStrings('wait-for db -- migrate -database "postgres://app:pw@db:5432/shop" up')).toMatchObject(
			[app],
		);
	});

	test('in a YAML document inside of one variable', () => {
		expect(
			findConnectionStrings('db:\n  dbname: shop\n  user: app\n  password: pw\n  host: db\n  port: 5432\nport: 80'),
		).toMatchObject([app]);
	});

	test('in JSON', () => {
		expect(
			findConnectionStrings(
				'{"database": {"host": "db", "port": 5432, "user": "app", "password": "pw", "database": "shop"}}',
			),
		).toMatchObject([app]);
	});

	test('ADO.NET inside of a command line', () => {
		expect(
			findConnectionStrings('--postgres="Host=db;Port=5432;Database=shop;Username=app;Password=pw"'),
		).toMatchObject([app]);
	});

	test('several in one text', () => {
		expect(findConnectionStrings('postgres://a@one/x redis://cache:6379').map(connection => connection.host)).toEqual([
			'one',
			'cache',
		]);
	});

	test('none in prose', () => {
		expect(findConnectionStrings('the host: is db, and the port = 5432')).toEqual([]);
	});
});
