/** What a command of psql in a script can do. `none` for those that dumps of PostgreSQL hold. */
export type MetaHarm = 'none' | 'runs-program' | 'reads-file' | 'writes-file' | 'connects' | 'other';

export type MetaCommand = {readonly line: number; readonly text: string; readonly harm: MetaHarm};

/** As pg_dump and pg_dumpall write them, and nothing more on the line. */
const ownForms = [
	/^\\(?:un)?restrict [A-Za-z0-9]+\s*$/u,
	/^\\(?:connect|c)(?: -reuse-previous=on)? (?:[\p{L}\p{N}_$-]+|"(?:[^"`\\]|"")*"|'dbname=[^`\\]*')\s*$/u,
	/^\\connect -reuse-previous=on "dbname='(?:[^'`]|\\')*'"\s*$/u,
	/^\\encoding \w+\s*$/u,
	/^\\\.$/u,
];

const harms: readonly (readonly [pattern: RegExp, harm: MetaHarm])[] = [
	[/`/u, 'runs-program'],
	[/^\\!/u, 'runs-program'],
	[/^\\copy\b.*\bprogram\b/iu, 'runs-program'],
	[/^\\(?:o|out|w|write|g|gx|s)\s*\(?.*\|/u, 'runs-program'],
	[/^\\(?:e|edit|ef|ev|watch|gexec|setenv|cd)\b/u, 'runs-program'],
	[/^\\(?:i|ir|include|include_relative|lo_import)\b/u, 'reads-file'],
	[/^\\copy\b.*\bfrom\b/iu, 'reads-file'],
	[/^\\copy\b/iu, 'writes-file'],
	[/^\\(?:o|out|w|write|g|gx|s|lo_export|log)\s+\S/u, 'writes-file'],
	[/^\\(?:c|connect|conninfo|password)\b/u, 'connects'],
];

/** Judges a command of psql by its text, from the backslash to the end of the line. */
export function judgeMetaCommand(text: string): MetaHarm {
	if (ownForms.some(form => form.test(text))) return 'none';
	return harms.find(([pattern]) => pattern.test(text))?.[1] ?? 'other';
}

/** The database that a `\connect` goes to; undefined for another command. */
export function readConnect(text: string): string | undefined {
	const argument = /^\\(?:connect|c)\s+(?:-reuse-previous=\w+\s+)?(?<argument>.+?)\s*$/u.exec(text)?.groups?.[
		'argument'
	];
	if (argument === undefined) return undefined;
	const connection = /^"dbname='(?<name>.*)'"$/su.exec(argument)?.groups?.['name'];
	if (connection !== undefined) return connection.replaceAll('""', '"').replaceAll(/\\(['\\])/gu, '$1');
	if (argument.startsWith('"')) return argument.slice(1, -1).replaceAll('""', '"');
	return argument.split(/\s/u)[0];
}
