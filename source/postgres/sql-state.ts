import {backslash, dash, dollar, doubleQuote, newline, semicolon, singleQuote, star, stopsAt} from './sql-bytes.js';

/** What the byte under way belongs to. */
export type SqlState =
	| 'text'
	| 'string'
	| 'name'
	| 'line comment'
	| 'block comment'
	| 'dollar tag'
	| 'dollar string'
	| 'meta'
	| 'copy';

const inLine = stopsAt(newline);

/** The bytes that count in a state; none where each one does. */
export const stopsOf: Readonly<Partial<Record<SqlState, Uint8Array>>> = {
	text: stopsAt(singleQuote, doubleQuote, dollar, dash, star, backslash, semicolon, newline),
	string: stopsAt(singleQuote, backslash, newline),
	'dollar string': stopsAt(dollar, newline),
	'line comment': inLine,
	meta: inLine,
};
