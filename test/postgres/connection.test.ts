import {describe, expect, it} from 'vitest';
import {connectionString, parseConnectionUrl} from '../../source/postgres/connection.js';

describe('parseConnectionUrl', () => {
	it('reads user, password, host, port, database and the parameters of libpq', () => {
		const {connection, database} = parseConnectionUrl(
			'postgres://ada:p%40ss%3Aword@db.example.com:6543/my%20app?sslmode=verify-full&pgbouncer=true&connection_limit=5',
		);
		expect(database).toBe('my app');
		expect(connection).toEqual({
			host: 'db.example.com',
			port: 6543,
			user: 'ada',
			password: 'p@ss:word',
			parameters: {sslmode: 'verify-full'},
		});
	});

	it.each([
		['postgresql+asyncpg://u:p@h/d', 'h', 'd'],
		['postgresql://u@[::1]:5433/d', '::1', 'd'],
		['postgres://u:p@h', 'h', 'u'],
		['postgres://u:100%@h/d', 'h', 'd'],
	])('reads %s', (url, host, database) => {
		const read = parseConnectionUrl(url);
		expect(read.connection.host).toBe(host);
		expect(read.database).toBe(database);
	});

	it("takes the drivers' words for TLS", () => {
		expect(parseConnectionUrl('postgres://u@h/d?ssl=true').connection.parameters).toEqual({sslmode: 'require'});
		expect(parseConnectionUrl('postgres://u@h/d?sslmode=no-verify').connection.parameters).toEqual({
			sslmode: 'require',
		});
	});

	it('refuses what is no URL of PostgreSQL', () => {
		expect(() => parseConnectionUrl('mysql://u:secret@h/d')).toThrow(/not a PostgreSQL URL/);
	});
});

describe('connectionString', () => {
	it('treats any database name as a name and never holds the password', () => {
		const text = connectionString({user: 'u', password: 'secret', port: 5432}, "postgres://x=y' -d", 'lifeboat-1-1');
		expect(text).toBe("dbname='postgres://x=y\\' -d' user='u' port='5432' application_name='lifeboat-1-1'");
	});
});
