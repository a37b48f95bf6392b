import {describe, expect, it} from 'vitest';
import {explainWarnings, readNotice} from '../../source/postgres/notices.js';

describe('readNotice', () => {
	it.each([
		['pg_dump: dumping contents of table "public.users"', 'dumping', 'public.users'],
		['pg_dump: dumping contents of table "public.we"ird; -- näme"', 'dumping', 'public.we"ird; -- näme'],
		['pg_restore: processing data for table "app.orders"', 'loading', 'app.orders'],
		['pg_restore: creating INDEX "public.users_email_idx"', 'building', 'public.users_email_idx'],
		['pg_restore: creating TABLE "public.users"', 'creating', 'public.users'],
	])('reads %s', (line, action, object) => {
		expect(readNotice(line)).toEqual({type: 'current', action, object});
	});

	it.each([
		'pg_dump: warning: there are circular foreign-key constraints on this table:',
		'pg_dump: error: query failed: ERROR:  permission denied for table users',
		'pg_dump: detail: Query was: LOCK TABLE public.users IN ACCESS SHARE MODE',
		'WARNING:  database "x" has a collation version mismatch',
		'Error response from daemon: No such container: x',
	])('keeps %s', line => {
		expect(readNotice(line)).toEqual({type: 'message', line});
	});

	it('reads what two jobs write into one line', () => {
		const building = {type: 'current', action: 'building', object: 'public.big big_pkey'};
		for (const before of [' ', 'pg_restore: ', 'pg_restore:pg_restore: '])
			expect(readNotice(`${before}pg_restore: creating CONSTRAINT "public.big big_pkey"`)).toEqual(building);
		expect(readNotice('pg_restore: pg_restore: error: could not execute query: ERROR:  no')).toEqual({
			type: 'message',
			line: 'pg_restore: error: could not execute query: ERROR:  no',
		});
		expect(readNotice(' finished item 3286 FK CONSTRAINT of_big of_big_fkey').type).toBe('chatter');
	});

	it('knows chatter', () => {
		expect(readNotice('pg_dump: reading user-defined tables').type).toBe('chatter');
	});
});

describe('explainWarnings', () => {
	it("knows TimescaleDB's circular keys as expected", () => {
		const [warning] = explainWarnings([
			'pg_dump: warning: there are circular foreign-key constraints on this table:',
			'pg_dump: detail: hypertable',
			'pg_dump: hint: You might not be able to restore the dump without using --disable-triggers or temporarily dropping the constraints.',
			'pg_dump: hint: Consider using a full dump instead of a --data-only dump to avoid this problem.',
		]);
		expect(warning).toMatchObject({expected: true, meaning: expect.stringContaining('TimescaleDB')});
		expect(warning?.lines).toHaveLength(4);
	});

	it('knows its notice about chunks', () => {
		const warnings = explainWarnings([
			'pg_dump: NOTICE:  hypertable data are in the chunks, no data will be copied',
			'DETAIL:  Data for hypertables are stored in the chunks of a hypertable so COPY TO of a hypertable will not copy any data.',
			'HINT:  Use "COPY (SELECT * FROM <hypertable>) TO ..." to copy all data in hypertable, or copy each chunk individually.',
		]);
		expect(warnings).toMatchObject([{expected: true, meaning: expect.stringContaining('chunks')}]);
	});

	it('leaves what it does not know unexplained', () => {
		expect(explainWarnings(['pg_dump: warning: something new'])).toEqual([
			{lines: ['pg_dump: warning: something new'], meaning: null, expected: false},
		]);
	});
});
