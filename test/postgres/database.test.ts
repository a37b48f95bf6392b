import {describe, expect, it} from 'vitest';
import {createDatabaseSql, type DatabaseTemplate, propertiesSql, settingSql} from '../../source/postgres/database.js';
import {nameFormer, nameIncoming} from '../../source/postgres/switch.js';

const like: DatabaseTemplate = {
	owner: 'app"owner',
	encoding: 'UTF8',
	collate: 'C',
	ctype: 'C',
	localeProvider: 'icu',
	locale: 'de-DE',
	icuRules: null,
};

describe('createDatabaseSql', () => {
	it('keeps encoding, locale, provider and owner', () => {
		expect(createDatabaseSql('x', like, 17)).toBe(
			`CREATE DATABASE "x" WITH TEMPLATE template0 OWNER "app""owner" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' LOCALE_PROVIDER icu ICU_LOCALE 'de-DE';`,
		);
	});

	it('leaves out what an older server does not know', () => {
		expect(createDatabaseSql('x', like, 14)).not.toContain('LOCALE_PROVIDER');
		expect(createDatabaseSql('x', {...like, localeProvider: 'builtin', locale: 'C.UTF-8'}, 16)).toContain(
			'LOCALE_PROVIDER libc',
		);
	});
});

describe('propertiesSql', () => {
	it('writes lists as lists and everything else as one value', () => {
		expect(settingSql('d', {role: null, name: 'search_path', value: '"$user", public, "My Schema"'})).toBe(
			`ALTER DATABASE "d" SET "search_path" TO '$user', 'public', 'My Schema';`,
		);
		expect(settingSql('d', {role: 'r', name: 'app.tenant', value: "it's, one"})).toBe(
			`ALTER ROLE "r" IN DATABASE "d" SET "app"."tenant" TO 'it''s, one';`,
		);
	});

	it('leaves out what belongs to roles that are not there', () => {
		const statements = propertiesSql(
			'd',
			{
				...like,
				settings: [
					{role: 'gone', name: 'work_mem', value: '1MB'},
					{role: null, name: 'work_mem', value: '2MB'},
				],
				grants: [
					{role: null, privilege: 'CONNECT', grantable: false},
					{role: 'gone', privilege: 'CREATE', grantable: true},
				],
				connectionLimit: 5,
			},
			{roles: new Set(['app'])},
		);
		expect(statements).toEqual([
			`ALTER DATABASE "d" SET "work_mem" TO '2MB';`,
			'REVOKE ALL ON DATABASE "d" FROM PUBLIC;',
			'GRANT CONNECT ON DATABASE "d" TO PUBLIC;',
			'ALTER DATABASE "d" CONNECTION LIMIT 5;',
		]);
	});
});

describe('names beside the live database', () => {
	const time = new Date('2026-06-14T02:00:00.123Z');

	it('say when', () => {
		expect(nameFormer('clerq', time)).toBe('clerq_before_20260614t020000z');
		expect(nameIncoming('clerq', time)).toBe('clerq_restoring_20260614t020000z');
	});

	it('fit into 63 bytes', () => {
		expect(Buffer.byteLength(nameFormer('ä'.repeat(40), time))).toBeLessThanOrEqual(63);
		expect(nameFormer('ä'.repeat(40), time)).toMatch(/_before_20260614t020000z$/);
	});
});
