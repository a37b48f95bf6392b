import {type Family, log} from '../pattern.js';

/** SQLSTATE 3D000: the database does not exist in this cluster. */
export const databaseMissing: Family = {
	id: 'database-missing',
	patterns: [
		log`(?<!schema )database ["'\x60](?<database>[^"'\x60]+)["'\x60] does not exist`,
		log`(?:Database|The database) \x60(?<database>[^\x60]+)\x60 does not exist`,
		log`FATAL 3D000 \(invalid_catalog_name\)`,
		log`InvalidCatalogNameError`,
		log`ActiveRecord::NoDatabaseError`,
		log`We could not find your database: (?<database>[\w-]+)`,
		log`\bP1003\b`,
		log`SQLSTATE\[3D000\]`,
	],
};
