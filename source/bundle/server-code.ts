import {AppError} from '../errors.js';
import type {ArchiveToc} from '../postgres/archive.js';
import {runsServerProgram} from '../postgres/sql-words.js';
import type {SqlFacts} from './sql-facts.js';

/** Something in a dump that runs on the server's machine outside of SQL, or that may be read otherwise there than here. */
export type ServerCode = {
	/** `line 12`, `the function public.f(text)`. */
	readonly where: string;
	readonly text: string;
};

/** What a script holds of it. */
export function findCodeInScript({
	serverPrograms,
	doubts,
}: Pick<SqlFacts, 'serverPrograms' | 'doubts'>): readonly ServerCode[] {
	return [...serverPrograms, ...doubts].map(({line, text}) => ({where: `line ${line}`, text}));
}

/** What an archive holds of it: functions; its rows are data whatever they contain. */
export function findCodeInArchive(toc: ArchiveToc): readonly ServerCode[] {
	return toc.entries
		.filter(entry => runsServerProgram(entry.definition.trimStart()))
		.map(entry => ({
			where: `the ${entry.kind.toLowerCase()} ${entry.schema === null ? '' : `${entry.schema}.`}${entry.name}`,
			text: entry.definition.trim().slice(0, 200),
		}));
}

/** Throws preflight-failed for a dump of unknown origin that holds such code. */
export function refuseServerCode(found: readonly ServerCode[]): void {
	const [first] = found;
	if (first === undefined) return;
	throw new AppError(
		'preflight-failed',
		`The dump holds code that the server would run with the rights of its own system user: ${first.where}`,
		{
			hint: 'Read it; insist with --trust-commands only when you know who wrote it',
			details: found.slice(0, 10).map(({where, text}) => `${where}: ${text.split('\n')[0]}`),
		},
	);
}
