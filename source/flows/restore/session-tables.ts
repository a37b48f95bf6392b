import type {ArchiveToc} from '../../postgres/archive.js';
import type {SourceTable} from './source-summary.js';

const likelyName = /^(?:user_?|auth_?|django_|better_auth_)?sessions?$/i;
/** As libraries name them: when it ends (Better Auth, NextAuth, Django, connect-pg-simple), or what Rails and Laravel keep. */
const columnsOfSessions: readonly (readonly RegExp[])[] = [
	[/^expir(?:e|es|y|ation)(?:_?(?:at|on|date|time))?$/i],
	[/^session_id$/i, /^data$/i],
	[/^payload$/i, /^last_activity$/i],
];

/**
 * Marks the tables whose rows are sessions of users. A name is not enough: a media server keeps what was played in `sessions`, and that is data.
 * The definition of the table in the dump decides.
 */
export function markSessions(tables: readonly SourceTable[], toc: ArchiveToc): readonly SourceTable[] {
	return tables.map(table => {
		if (!likelyName.test(table.name)) return table;
		const definition = toc.entries.find(
			entry => entry.kind === 'TABLE' && entry.schema === table.schema && entry.name === table.name,
		)?.definition;
		return definition !== undefined && hasSessionColumns(readColumns(definition))
			? {...table, holdsSessions: true}
			: table;
	});
}

function hasSessionColumns(columns: readonly string[]): boolean {
	return columnsOfSessions.some(wanted => wanted.every(pattern => columns.some(column => pattern.test(column))));
}

/** Names of columns: pg_dump writes one to a line. */
function readColumns(definition: string): readonly string[] {
	return [...definition.matchAll(/^ {4}(?:"((?:[^"]|"")+)"|(\w+)) /gm)].map(match => match[1] ?? match[2] ?? '');
}
