/** Quotes a word for a POSIX shell, where it needs it. */
export function quoteShell(word: string): string {
	return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Joins words to a command line for a POSIX shell. */
export function shellLine(...words: readonly string[]): string {
	return words.map(quoteShell).join(' ');
}

/** Quotes an SQL identifier, always. */
export function quoteIdentifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

/** Quotes an SQL string; a backslash needs no care with standard_conforming_strings, which every server since 9.1 has on. */
export function quoteLiteral(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}
