import type {Cause} from '../cause.js';
import {installDriver} from '../fixes/database.js';
import {log} from '../pattern.js';

export const dbDriverMissing: Cause = {
	label: 'db-driver-missing',
	layer: 'app',
	signatures: [
		{match: log`could not find driver`, certainty: 0.95},
		{match: log`Call to undefined function (?:pg_\w+|\w*\\pg_\w+)`, certainty: 0.95},
		{
			match: log`(?:No module named|cannot import name) '?(?:psycopg2?|asyncpg|pg8000|_psycopg)|Error loading psycopg2? or psycopg module|Error loading psycopg2 module|no pq wrapper available|libpq library not found`,
			certainty: 0.95,
		},
		{
			match: log`No suitable driver|ClassNotFoundException: org\.postgresql|Cannot load driver class: org\.postgresql|Failed to load driver class org\.postgresql`,
			certainty: 0.94,
		},
		{
			match: log`(?:Cannot find (?:module|package)|MODULE_NOT_FOUND[^\n]{0,40}) '?(?:pg|postgres|pg-native|pg-hstore|@prisma/client|\.prisma/client[^']*)'|Please install (?:the )?(?:pg|pg-hstore|psycopg2?|postgresql?) (?:package )?manually|Postgres package has not been found installed`,
			certainty: 0.93,
		},
		{
			match: log`(?:Gem::LoadError|LoadError|cannot load such file)[^\n]{0,80}\b(?:pg|pg_ext)\b|specified 'postgresql' for database adapter, but the gem is not loaded`,
			certainty: 0.93,
		},
		{
			match: log`unknown driver "(?:postgres|pgx|pq)"|PDOException: could not find|extension (?:pdo_pgsql|pgsql) (?:is )?(?:missing|not (?:loaded|installed|found))|ext-(?:pdo_)?pgsql \*? ?(?:->|is missing)|libpq\.so[^\n]{0,60}cannot open shared object`,
			certainty: 0.93,
		},
		{
			match: log`Query engine library for current platform "[^"]+" could not be found|Prisma (?:Client )?could not locate the Query Engine|libssl\.so\.\d[^\n]{0,60}(?:No such file|cannot open)|Error loading shared library (?:libssl|libpq)`,
			certainty: 0.8,
		},
		{
			match: log`undefined function: Postgrex|could not load adapter|(?:The )?database (?:driver|adapter|engine) "?(?:pgsql|postgres\w*)"? (?:is )?not (?:supported|available|installed|found)`,
			certainty: 0.85,
		},
	],
	explains: ['db-not-ready'],
	explain: ({service}) =>
		`The image of ${service} lacks the driver for PostgreSQL; waiting for the database does not help.`,
	fixes: situation => [installDriver(situation)],
};
