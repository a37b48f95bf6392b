import {quoteIdentifier, quoteLiteral} from '../postgres/quote.js';
import type {ManifestDatabase} from './manifest.js';

type Target = {
	/** Name of the database to create, when it is not the old one. */
	readonly name?: string | undefined;
	/** Major version of the server that runs the statements. */
	readonly major: number;
};

/** Settings whose value is a list of quoted names (GUC_LIST_QUOTE in PostgreSQL's guc_tables.c): one literal would make them a single name. */
const listSettings = new Set([
	'local_preload_libraries',
	'search_path',
	'session_preload_libraries',
	'shared_preload_libraries',
	'temp_tablespaces',
	'unix_socket_directories',
]);

/** Statements that create a database with the properties it had, from template0, and set its settings. One statement each, without semicolon. */
export function describeDatabase(database: ManifestDatabase, target: Target): readonly string[] {
	const name = quoteIdentifier(target.name ?? database.name);
	return [
		`CREATE DATABASE ${name} WITH ${createOptions(database, target.major).join(' ')}`,
		...(database.comment === null ? [] : [`COMMENT ON DATABASE ${name} IS ${quoteLiteral(database.comment)}`]),
		...database.settings.map(setting => {
			const subject =
				setting.role === null ? `DATABASE ${name}` : `ROLE ${quoteIdentifier(setting.role)} IN DATABASE ${name}`;
			return `ALTER ${subject} SET ${settingName(setting.name)} TO ${settingValue(setting.name, setting.value)}`;
		}),
	];
}

function createOptions(database: ManifestDatabase, major: number): readonly string[] {
	const {collate, ctype, locale, localeProvider} = database;
	const option = (word: string, value: string | null) => (value === null ? [] : [`${word} ${quoteLiteral(value)}`]);
	return [
		'TEMPLATE template0',
		`OWNER ${quoteIdentifier(database.owner)}`,
		`ENCODING ${quoteLiteral(database.encoding)}`,
		...(localeProvider === null || major < 15 ? [] : [`LOCALE_PROVIDER ${localeProvider}`]),
		...(localeProvider === 'icu' && major >= 15 ? option('ICU_LOCALE', locale) : []),
		...(localeProvider === 'builtin' && major >= 17 ? option('BUILTIN_LOCALE', locale) : []),
		...option('LC_COLLATE', collate),
		...option('LC_CTYPE', ctype),
		...(database.tablespace === 'pg_default' ? [] : [`TABLESPACE ${quoteIdentifier(database.tablespace)}`]),
		...(database.connectionLimit === -1 ? [] : [`CONNECTION LIMIT ${database.connectionLimit}`]),
	];
}

/** `app.jwt_secret` has two parts, each quoted by itself. */
function settingName(name: string): string {
	return name.split('.').map(quoteIdentifier).join('.');
}

function settingValue(name: string, value: string): string {
	if (!listSettings.has(name.toLowerCase())) return quoteLiteral(value);
	const names = splitNames(value);
	return names.length === 0 ? "''" : names.map(quoteLiteral).join(', ');
}

/** Splits `"$user", public` as the server does (SplitGUCList). */
function splitNames(list: string): readonly string[] {
	return [...list.matchAll(/"(?<quoted>(?:[^"]|"")*)"|(?<bare>[^\s,"]+)/gu)].map(
		({groups}) => groups?.['bare'] ?? (groups?.['quoted'] ?? '').replaceAll('""', '"'),
	);
}
