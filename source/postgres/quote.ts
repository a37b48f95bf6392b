/** An SQL identifier, always quoted: `my"table` becomes `"my""table"`. */
export function quoteIdentifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

/** `"schema"."name"`. */
export function quoteQualified(schema: string, name: string): string {
	return `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
}

/** An SQL string literal that means the same whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
	const quoted = `'${text.replaceAll("'", "''")}'`;
	return text.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted;
}

/** A value of a libpq connection string: quotes and backslashes escaped, always in quotes. */
export function quoteConninfo(value: string): string {
	return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/**
 * A pattern for `pg_dump --table` and its like that matches exactly this name.
 * Inside double quotes `*` and `?` are literal, `$` and the rest too (PostgreSQL manual, psql patterns).
 */
export function quotePattern(name: string, schema?: string): string {
	return schema === undefined ? quoteIdentifier(name) : quoteQualified(schema, name);
}

/** Cuts a name to PostgreSQL's 63 bytes without splitting a character. */
export function fitIdentifier(name: string, limit = 63): string {
	let fitted = '';
	let bytes = 0;
	for (const character of name) {
		bytes += Buffer.byteLength(character);
		if (bytes > limit) break;
		fitted += character;
	}

	return fitted;
}

/** One word of a POSIX shell. */
export function quoteShell(word: string): string {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
