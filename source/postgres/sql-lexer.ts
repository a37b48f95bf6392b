/** Where a script stands between two lines, as psql sees it. */
type Mode =
	| {readonly type: 'neutral'}
	| {readonly type: 'string'; readonly escapes: boolean}
	| {readonly type: 'identifier'}
	| {readonly type: 'dollar'; readonly tag: string}
	| {readonly type: 'comment'; readonly depth: number};

export type LexedLine = {
	/** True when the line began outside of any string, comment or statement. */
	readonly fresh: boolean;
	/** True when it ended outside of any string or comment, and the last statement is closed. */
	readonly closed: boolean;
	/** Where a backslash command of psql begins; -1 when there is none. */
	readonly metaCommand: number;
	/** Beginnings of the statements that end in this line. */
	readonly statements: readonly string[];
};

const neutral: Mode = {type: 'neutral'};
const special = /['"$\\;]|--|\/\*/g;
const dollarTag = /\$(?:[A-Za-z_\u0080-\u00FF][\w\u0080-\u00FF]*)?\$/y;
const word = /[\w$\u0080-\u00FF]/;
/** Of a statement only its beginning is kept; of COPY the whole, for its end tells where its rows come from. */
const longestStatement = 4096;
const longestCopy = 262_144;

/**
 * Follows the lexical structure of an SQL script line by line: strings, quoted names, dollar quotes, nested comments.
 * Lines are latin1 strings, one character a byte: whatever the encoding, all that matters here is ASCII.
 */
export class SqlLexer {
	#mode: Mode = neutral;
	#statement = '';
	#inStatement = false;
	/** Off in dumps of very old servers: then a backslash escapes in every string. */
	#conforming = true;

	get isNeutral(): boolean {
		return this.#mode.type === 'neutral' && !this.#inStatement;
	}

	/** Takes the next line (without its end) or a piece of a very long one. */
	next(line: string): LexedLine {
		const fresh = this.isNeutral;
		const statements: string[] = [];
		let metaCommand = -1;
		let at = 0;
		while (at < line.length) {
			if (this.#mode.type !== 'neutral') {
				at = this.#leave(line, at, this.#mode);
				continue;
			}

			special.lastIndex = at;
			const match = special.exec(line);
			const end = match?.index ?? line.length;
			this.#add(line.slice(at, end));
			if (match === null) break;
			at = end + match[0].length;
			if (match[0] === '--') break;
			if (match[0] === '\\') {
				metaCommand = end;
				break;
			}

			if (match[0] === ';') {
				statements.push(this.#statement.trim());
				this.#note(this.#statement);
				this.#statement = '';
				this.#inStatement = false;
			} else at = this.#enter(line, end, match[0]);
		}

		this.#add('\n');
		return {fresh, closed: this.isNeutral, metaCommand, statements};
	}

	#add(text: string): void {
		if (!this.#inStatement && text.trim() === '') return;
		this.#inStatement = true;
		const limit = /^\s*copy\b/i.test(this.#statement) ? longestCopy : longestStatement;
		if (this.#statement.length < limit) this.#statement += text.slice(0, limit - this.#statement.length);
	}

	#note(statement: string): void {
		const match = /^\s*SET\s+standard_conforming_strings\s*(?:=|TO)\s*'?(on|off)/i.exec(statement);
		if (match) this.#conforming = match[1]?.toLowerCase() === 'on';
	}

	#enter(line: string, at: number, opening: string): number {
		switch (opening) {
			case "'": {
				const prefixed = /[eE]/.test(line[at - 1] ?? '') && !word.test(line[at - 2] ?? '');
				this.#mode = {type: 'string', escapes: prefixed || !this.#conforming};
				this.#add("'");
				return at + 1;
			}

			case '"':
				this.#mode = {type: 'identifier'};
				this.#add('"');
				return at + 1;
			case '/*':
				this.#mode = {type: 'comment', depth: 1};
				return at + 2;
			default: {
				dollarTag.lastIndex = at;
				const tag = word.test(line[at - 1] ?? '') ? undefined : dollarTag.exec(line)?.[0];
				this.#add(tag ?? '$');
				if (tag === undefined) return at + 1;
				this.#mode = {type: 'dollar', tag};
				return at + tag.length;
			}
		}
	}

	/** Position behind what closes the mode, or the end of the line. */
	#leave(line: string, at: number, mode: Exclude<Mode, {type: 'neutral'}>): number {
		switch (mode.type) {
			case 'string':
			case 'identifier':
				return this.#leaveQuotes(line, at, mode.type === 'string' ? "'" : '"', mode.type === 'string' && mode.escapes);
			case 'dollar': {
				const end = line.indexOf(mode.tag, at);
				if (end < 0) return line.length;
				this.#mode = neutral;
				return end + mode.tag.length;
			}

			default: {
				const closing = /\*\/|\/\*/g;
				closing.lastIndex = at;
				const match = closing.exec(line);
				if (match === null) return line.length;
				const depth = mode.depth + (match[0] === '/*' ? 1 : -1);
				this.#mode = depth === 0 ? neutral : {type: 'comment', depth};
				return match.index + 2;
			}
		}
	}

	#leaveQuotes(line: string, start: number, quote: string, escapes: boolean): number {
		let at = start;
		for (;;) {
			const end = line.indexOf(quote, at);
			const escaped = escapes ? line.indexOf('\\', at) : -1;
			if (escaped >= 0 && (end < 0 || escaped < end)) {
				at = escaped + 2;
				continue;
			}

			if (end < 0) {
				this.#add(line.slice(start));
				return line.length;
			}

			if (line[end + 1] === quote) {
				at = end + 2;
				continue;
			}

			this.#add(line.slice(start, end + 1));
			this.#mode = neutral;
			return end + 1;
		}
	}
}

/** Does this statement read rows from the lines that follow it? */
export function isCopyFromStdin(statement: string): boolean {
	return /^copy\b[\s\S]*\bfrom\s+stdin\b/i.test(statement);
}
