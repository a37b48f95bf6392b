import type {CauseCases} from '../cause-cases.js';
import {appLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Prisma', migrateLog('Error: P1013: The provided database string is invalid. empty host in database URL.')],
		['Prisma, the scheme', migrateLog('Error: the URL must start with the protocol `postgresql://` or `postgres://`.')],
		['Go', appLog('parse "postgres://shop:***@db:5432/shop": net/url: invalid userinfo')],
		[
			'Go, the port',
			appLog(
				'cannot parse `postgres://shop:xxxxx@db:5432/shop`: failed to parse as URL (parse "postgres://...": invalid port ":pa" after host)',
			),
		],
		['SQLAlchemy dialect', appLog("sqlalchemy.exc.NoSuchModuleError: Can't load plugin: sqlalchemy.dialects:postgres")],
		['libpq', appLog('psycopg2.OperationalError: invalid integer value "pa" for connection option "port"')],
		['the tail of a password as host', appLog('dial tcp: lookup W on 127.0.0.11:53: no such host')],
		['Node', appLog('TypeError: Invalid URL\n    at new Pool (/app/node_modules/pg-pool/index.js:12:3)')],
		[
			'kept quotes',
			appLog('exit', {state: 'exited', exitCode: 1, environment: {DATABASE_URL: '"postgres://a:***@db/a"'}}),
		],
	],
	leaves: [
		[
			'an empty web address',
			appLog("TypeError: Invalid URL\n  code: 'ERR_INVALID_URL',\n  input: ''"),
			'public-url-malformed',
		],
		['none', appLog('DATABASE_URL is not set'), 'db-url-missing'],
	],
};
