import {describe, expect, it} from 'vitest';
import {explainStderr} from '../../source/postgres/failure.js';
import {findSqlState, sqlError, sqlStateOf} from '../../source/postgres/sql.js';

const dump = {code: 'dump-failed', what: 'pg_dump fails', underWay: true} as const;

describe('explainStderr', () => {
	it.each([
		['pg_dump: error: query failed: ERROR:  canceling statement due to lock timeout', 'lock-timeout'],
		[
			'pg_dump: error: Dumping the contents of table "a" failed: PQgetResult() failed.\nFATAL:  terminating connection due to administrator command',
			'dump-failed',
		],
		['pg_dump: error: aborting because of server version mismatch', 'client-missing'],
		['pg_restore: error: unsupported version (1.16) in file header', 'client-missing'],
		['pg_restore: error: could not read from input file: end of file', 'bundle-damaged'],
		['ERROR:  could not extend file "base/1/2": No space left on device', 'disk-full'],
		['ERROR:  could not resize shared memory segment "/PostgreSQL.1" to 1 bytes: No space left on device', 'disk-full'],
		['ERROR:  extension "vector" is not available', 'extension-missing'],
		['ERROR:  role "app" does not exist', 'role-missing'],
	])('translates %s', (line, code) => {
		const error = explainStderr(line.split('\n'), dump);
		expect(error.code).toBe(code);
		expect(error.hint).toBeDefined();
	});

	it('keeps the first error of what it does not know', () => {
		const error = explainStderr(['pg_dump: error: something odd', 'pg_dump: detail: more'], dump);
		expect(error).toMatchObject({code: 'dump-failed', message: 'pg_dump fails: something odd'});
	});

	it('shows no password verifier', () => {
		const error = explainStderr(["LINE 1: ALTER ROLE x PASSWORD 'SCRAM-SHA-256$4096:aaaa$bbbb:cccc'"], dump);
		expect(error.details.join()).not.toContain('aaaa');
	});
});

describe('sqlError', () => {
	it('finds the SQLSTATE in any language', () => {
		expect(findSqlState(['psql:<stdin>:1: FEHLER:  42P01: Relation »x« existiert nicht'])).toEqual({
			sqlState: '42P01',
			message: 'Relation »x« existiert nicht',
		});
		expect(findSqlState(['WARNING:  01000: something'])).toBeUndefined();
	});

	it('carries it for who must tell refusals apart', () => {
		const error = sqlError(['psql:<stdin>:1: ERROR:  55006: database "x" is being accessed by other users']);
		expect(sqlStateOf(error)).toBe('55006');
		expect(error.message).toContain('is being accessed by other users');
	});
});
