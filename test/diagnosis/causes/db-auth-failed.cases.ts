import type {CauseCases} from '../cause-cases.js';
import {appLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['node-postgres', appLog('error: password authentication failed for user "shop"')],
		[
			'Prisma',
			migrateLog(
				'Error: P1000: Authentication failed against database server at `db`, the provided database credentials for `shop` are not valid.',
			),
		],
		['pgx', appLog('failed SASL auth (FATAL: password authentication failed for user "shop" (SQLSTATE 28P01))')],
		['asyncpg', appLog('asyncpg.exceptions.InvalidPasswordError: password authentication failed for user "shop"')],
		[
			'Elixir',
			appLog('** (Postgrex.Error) FATAL 28P01 (invalid_password) password authentication failed for user "shop"'),
		],
		[
			'Rust',
			appLog(
				'Database(PgDatabaseError { severity: Fatal, code: "28P01", message: "password authentication failed for user \\"shop\\"" })',
			),
		],
	],
	leaves: [['none sent', appLog('client password must be a string'), 'db-password-missing']],
};
