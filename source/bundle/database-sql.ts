import {createDatabaseSql, type DatabaseTemplate, propertiesSql} from '../postgres/database.js';
import type {ManifestDatabase} from './manifest.js';

type Target = {
	/** Name of the database to create, when it is not the old one. */
	readonly name?: string | undefined;
	/** Major version of the server that runs the statements. */
	readonly major: number;
};

/** What a manifest keeps of a database besides its contents; undefined for a manifest that does not say how text is sorted. */
export function templateOf(database: ManifestDatabase): DatabaseTemplate | undefined {
	const {owner, encoding, collate, ctype, localeProvider} = database;
	if (collate === null || ctype === null) return undefined;
	const {locale, icuRules, tablespace, connectionLimit, comment, settings, grants} = database;
	return {
		owner,
		encoding,
		collate,
		ctype,
		localeProvider: localeProvider ?? 'libc',
		locale,
		icuRules,
		tablespace,
		connectionLimit,
		comment,
		settings,
		grants,
	};
}

/** Statements that create a database with the properties it had, from template0, with its settings, grants and comment. One statement each, without semicolon. */
export function describeDatabase(database: ManifestDatabase, target: Target): readonly string[] {
	const name = target.name ?? database.name;
	const template = templateOf({...database, collate: database.collate ?? 'C', ctype: database.ctype ?? 'C'});
	if (template === undefined) return [];
	return [createDatabaseSql(name, template, target.major), ...propertiesSql(name, template)].map(statement =>
		statement.replace(/;$/, ''),
	);
}
