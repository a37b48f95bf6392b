import {describe, expect, it} from 'vitest';
import {readGlobals, splitStatements} from '../../source/postgres/roles.js';

const globals = `--
-- PostgreSQL database cluster dump
--

\\restrict abc

SET default_transaction_read_only = off;

CREATE ROLE clerq;
ALTER ROLE clerq WITH SUPERUSER LOGIN PASSWORD 'SCRAM-SHA-256$4096:x==$y=:z=';
CREATE ROLE "Clerq Auditor";
ALTER ROLE "Clerq Auditor" WITH NOSUPERUSER NOLOGIN;
COMMENT ON ROLE "Clerq Auditor" IS 'reads; never
writes';
ALTER ROLE clerq SET search_path TO 'app', 'public';
GRANT "Clerq Auditor" TO clerq WITH INHERIT TRUE GRANTED BY postgres;
CREATE TABLESPACE fast OWNER clerq LOCATION '/fast';

\\unrestrict abc
`;

describe('readGlobals', () => {
	it('sorts statements by role', () => {
		const facts = readGlobals(globals);
		expect(facts.roles.map(role => [role.name, role.statements.length])).toEqual([
			['clerq', 3],
			['Clerq Auditor', 3],
		]);
		expect(facts.memberships).toEqual([
			{
				role: 'Clerq Auditor',
				member: 'clerq',
				statement: 'GRANT "Clerq Auditor" TO clerq WITH INHERIT TRUE GRANTED BY postgres',
			},
		]);
		expect(facts.tablespaces).toEqual(['fast']);
		expect(facts.withPasswords).toBe(true);
	});

	it('keeps statements of several lines together', () => {
		expect(splitStatements(globals)).toContain(`COMMENT ON ROLE "Clerq Auditor" IS 'reads; never\nwrites'`);
	});
});
