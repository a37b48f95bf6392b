import type {CauseCases} from '../cause-cases.js';
import {appLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Prisma', migrateLog('Error: Environment variable not found: DATABASE_URL.')],
		['the second one', migrateLog('error: Environment variable not found: DIRECT_URL.')],
		['the words of Clerq', appLog('DATABASE_URL is not set.')],
		['SQLAlchemy', appLog("sqlalchemy.exc.ArgumentError: Could not parse rfc1738 URL from string ''")],
		['SQLAlchemy 2', appLog('sqlalchemy.exc.ArgumentError: Expected string or URL object, got None')],
		['Elixir', appLog('** (RuntimeError) environment variable DATABASE_URL is missing.')],
		['Rust', appLog('DATABASE_URL must be set: NotPresent')],
		['Python', appLog("KeyError: 'DATABASE_URL'")],
		[
			'Spring',
			appLog(
				"Failed to configure a DataSource: 'url' attribute is not specified and no embedded datasource could be configured.",
			),
		],
		[
			'Drizzle',
			migrateLog(
				'Error: Either connection "url" or "host", "database" are required for PostgreSQL database connection',
			),
		],
	],
	leaves: [
		[
			'a malformed one',
			migrateLog('Error: P1013: The provided database string is invalid. invalid port number in database URL.'),
			'db-url-malformed',
		],
	],
};
