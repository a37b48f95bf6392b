/** Quotes a word for a POSIX shell, where it needs it. */
export function quoteShell(word: string): string {
	return /^[\w@%+=:,./-]+$/u.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

/** Joins words to a command line for a POSIX shell. */
export function shellLine(...words: readonly string[]): string {
	return words.map(quoteShell).join(' ');
}
