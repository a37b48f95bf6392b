/** A name of up to two parts at the begin of a text: `public.clients`, `"My Table"`. */
export type SqlName = {readonly schema: string | null; readonly name: string};

const part = String.raw`(?:"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*)`;
const namePattern = new RegExp(String.raw`^\s*(?:(${part})\s*\.\s*)?(${part})`, 'u');

/** Reads a name as SQL does: folded to lower case unless quoted. Undefined when there is none. */
export function readName(text: string): SqlName | undefined {
	const match = namePattern.exec(text);
	if (match?.[2] === undefined) return undefined;
	return {schema: match[1] === undefined ? null : unquoteName(match[1]), name: unquoteName(match[2])};
}

/** Names of roles after a keyword, separated by commas: `TO app, "read only"`. PUBLIC and the CURRENT_… words are no roles. */
export function readRoles(list: string): readonly string[] {
	const roles: string[] = [];
	let rest = list;
	for (;;) {
		rest = rest.replace(/^\s*group\s+/iu, '');
		const match = new RegExp(String.raw`^\s*(${part})\s*,?`, 'u').exec(rest);
		if (match?.[1] === undefined) return roles;
		if (!/^(?:public|current_role|current_user|session_user)$/iu.test(match[1])) roles.push(unquoteName(match[1]));
		if (!match[0].endsWith(',')) return roles;
		rest = rest.slice(match[0].length);
	}
}

/** The text after the last `keyword` that stands outside of quotes; undefined when there is none. */
export function afterLast(statement: string, keyword: RegExp): string | undefined {
	const masked = maskQuoted(statement);
	let end = -1;
	for (const match of masked.matchAll(new RegExp(keyword.source, 'giu'))) end = match.index + match[0].length;
	return end === -1 ? undefined : statement.slice(end);
}

/** Same length, with what stands in quotes made blank. */
function maskQuoted(statement: string): string {
	return statement.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'/gu, quoted => ' '.repeat(quoted.length));
}

/** `"Order ""x"""` becomes `Order "x"`; what has no quotes is folded to lower case. */
export function unquoteName(name: string): string {
	return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}

/** Languages whose functions can do on the server's machine whatever its system user can: C, and those whose name ends in u. */
const untrustedLanguage = /\blanguage\s+(?:'?"?)(c|internal|plsh|\w+u)\b/iu;

/**
 * Whether a statement runs code outside of SQL's reach on the server: COPY … FROM or TO PROGRAM, a function or a DO block in an untrusted language.
 * The names of languages are read as written; what stands in dollar quotes is the body.
 */
export function runsServerProgram(statement: string): boolean {
	if (/^copy\b/iu.test(statement)) return /\b(?:from|to)\s+program\b/iu.test(withoutQuoted(statement));
	if (!/^(?:create\s+(?:or\s+replace\s+)?(?:function|procedure)|do)\b/iu.test(statement)) return false;
	return untrustedLanguage.test(statement.replaceAll(/\$(\w*)\$[\s\S]*?\$\1\$/gu, "''"));
}

/** The words of a statement, without what stands in quotes. */
export function withoutQuoted(statement: string): string {
	return statement.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'/gu, '""');
}

/** Whether the data of a statement come after it in the script. */
export function isCopyFromStdin(statement: string): boolean {
	return /^copy\b/iu.test(statement) && /\bfrom\s+stdin\b/iu.test(withoutQuoted(statement));
}

/** What a statement sets standard_conforming_strings to; undefined when it sets something else. */
export function readStandardStrings(statement: string): boolean | undefined {
	const match = /^set\s+(?:session\s+|local\s+)?standard_conforming_strings\s*(?:=|\bto\b)\s*'?(\w+)/iu.exec(statement);
	return match === null ? undefined : !/^(?:off|false|no|0)$/iu.test(match[1] ?? '');
}
