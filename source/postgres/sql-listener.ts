/** A range of bytes, end exclusive. */
export type ByteRange = {readonly start: number; readonly end: number};

/** What the scanner tells, in the order of the text. Lines count from 1, positions are bytes from the begin. */
export type SqlListener = {
	/** A statement has ended. `text` is its beginning, comments left out (all of it, up to a limit). */
	statement(text: string, line: number, range: ByteRange): void;
	/** A command of psql (`\connect x`), from the backslash to the end of its line. */
	metaCommand(text: string, line: number, range: ByteRange): void;
	/** A comment that begins a line, without its dashes. */
	comment(text: string, line: number, range: ByteRange): void;
	/** The data of a `COPY … FROM stdin` were closed by `\.`; `rows` are their lines. */
	copyEnded(statement: string, rows: number): void;
	/** A string without E in which a backslash stands before the closing quote: with standard_conforming_strings off that quote would not close it. */
	ambiguousString(line: number): void;
};

/** What a text ended in the middle of. */
export type SqlEnd =
	| {readonly inside: 'nothing' | 'statement' | 'string' | 'name' | 'comment' | 'dollar string'; readonly line: number}
	| {readonly inside: 'copy'; readonly line: number; readonly statement: string; readonly rows: number};
