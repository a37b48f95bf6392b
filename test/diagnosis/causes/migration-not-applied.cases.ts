import type {CauseCases} from '../cause-cases.js';
import {appLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['node-postgres', appLog('error: relation "orders" does not exist')],
		['Rails', appLog('ActiveRecord::PendingMigrationError: Migrations are pending.')],
		['Prisma', appLog('The table `public.orders` does not exist in the current database.')],
		[
			'Django',
			appLog('django.db.utils.ProgrammingError: relation "auth_user" does not exist\nLINE 1: SELECT 1 FROM auth_user'),
		],
		['postgres.js', appLog('PostgresError: relation "orders" does not exist')],
		['Elixir', appLog('** (Postgrex.Error) ERROR 42P01 (undefined_table) relation "orders" does not exist')],
	],
	leaves: [
		[
			'in the middle of a migration',
			migrateLog('Applying migration 20260101120000_add_index.sql\nERROR: relation "orders" does not exist'),
			'migration-failed',
		],
		['a role', appLog('FATAL: role "orders" does not exist'), 'db-role-missing'],
	],
};
