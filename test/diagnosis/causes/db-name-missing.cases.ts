import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['the server', appLog('FATAL:  database "shop" does not exist')],
		['Rails', appLog('ActiveRecord::NoDatabaseError: We could not find your database: shop.')],
		['Elixir', appLog('** (Postgrex.Error) FATAL 3D000 (invalid_catalog_name) database "shop" does not exist')],
		['asyncpg', appLog('asyncpg.exceptions.InvalidCatalogNameError: database "shop" does not exist')],
		['.NET', appLog('Npgsql.PostgresException (0x80004005): 3D000: database "shop" does not exist')],
	],
	leaves: [['a role', appLog('FATAL:  role "shop" does not exist'), 'db-role-missing']],
};
