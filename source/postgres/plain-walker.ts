import {isCopyFromStdin, type LexedLine, SqlLexer} from './sql-lexer.js';

/** A line of SQL, or a piece of a line that is too long to hold. */
export type SqlLine = LexedLine & {
	/** One character a byte, without the line's end. */
	readonly text: string;
	/** First line is 1. */
	readonly number: number;
	/** False for the later pieces of a very long line. */
	readonly whole: boolean;
};

export type PlainVisitor = {
	/** Returns whether the line is kept. Throwing stops the walk. */
	line(line: SqlLine): boolean;
	/** A COPY begins whose rows follow; returns whether they are kept. */
	copyStart?(statement: string): void;
	/** Its end: how many rows there were. */
	copyEnd?(rows: number): void;
};

const newline = 0x0a;
const longestLine = 256 * 1024;
const terminator = Buffer.from('\\.');

/**
 * Walks through a script of psql in chunks of any size. What the visitor keeps comes out unchanged, byte by byte.
 * Rows of COPY are skipped by their lines; nothing of them is looked at but the closing `\.`.
 */
export class PlainWalker {
	readonly #visitor: PlainVisitor;
	readonly #lexer = new SqlLexer();
	#rest: Buffer = Buffer.alloc(0);
	#number = 1;
	#midLine = false;
	#keep = true;
	#copying: {rows: number; keep: boolean; midRow: boolean} | undefined;

	constructor(visitor: PlainVisitor) {
		this.#visitor = visitor;
	}

	/** True while rows of a COPY, a string or a statement are open: a script that ends here is cut off. */
	get isOpen(): boolean {
		return this.#copying !== undefined || !this.#lexer.isNeutral;
	}

	/** Takes the next bytes; returns what is kept of all that is decided. */
	push(chunk: Buffer): Buffer[] {
		let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
		const kept: Buffer[] = [];
		for (;;) {
			const used = this.#copying === undefined ? this.#takeLine(bytes, kept, false) : this.#takeRows(bytes, kept);
			if (used === 0) break;
			bytes = bytes.subarray(used);
		}

		// A copy: a slice would hold the whole chunk in memory.
		this.#rest = Buffer.from(bytes);
		return kept;
	}

	/** The last line, when it has no end. */
	finish(): Buffer[] {
		const kept: Buffer[] = [];
		if (this.#copying !== undefined) {
			if (this.#rest.equals(terminator)) this.#endCopy();
			kept.push(this.#rest);
		} else if (this.#rest.length > 0) this.#takeLine(this.#rest, kept, true);
		this.#rest = Buffer.alloc(0);
		return kept;
	}

	#takeLine(bytes: Buffer, kept: Buffer[], last: boolean): number {
		const end = bytes.indexOf(newline);
		if (end < 0 && bytes.length < longestLine && !(last && bytes.length > 0)) return 0;
		const ended = end >= 0;
		const length = ended ? end + 1 : bytes.length;
		if (length === 0) return 0;
		const text = bytes.toString('latin1', 0, ended ? end : length).replace(/\r$/, '');
		const lexed = this.#lexer.next(text);
		if (!this.#midLine || lexed.metaCommand >= 0)
			this.#keep =
				this.#visitor.line({...lexed, text, number: this.#number, whole: ended && !this.#midLine}) && this.#keep;
		if (this.#keep) kept.push(bytes.subarray(0, length));
		const copy = lexed.statements.findLast(isCopyFromStdin);
		if (copy !== undefined && lexed.closed && ended) {
			this.#copying = {rows: 0, keep: this.#keep, midRow: false};
			this.#visitor.copyStart?.(copy);
		}

		this.#midLine = !ended;
		if (ended) {
			this.#number += 1;
			this.#keep = true;
		}

		return length;
	}

	/** Takes all that is at hand, also part of a long row; stops behind the closing line. */
	#takeRows(bytes: Buffer, kept: Buffer[]): number {
		const copying = this.#copying;
		if (copying === undefined) return 0;
		let at = 0;
		for (;;) {
			const end = bytes.indexOf(newline, at);
			if (end < 0) break;
			const closing =
				bytes[at] === 0x5c && bytes[at + 1] === 0x2e && (end === at + 2 || (end === at + 3 && bytes[at + 2] === 0x0d));
			at = end + 1;
			this.#number += 1;
			copying.midRow = false;
			if (closing) {
				this.#endCopy();
				break;
			}

			copying.rows += 1;
		}

		// What is shorter may be the beginning of the closing line.
		if (this.#copying !== undefined && (copying.midRow || bytes.length - at > 3)) {
			copying.midRow = copying.midRow || at < bytes.length;
			at = bytes.length;
		}

		if (at > 0 && copying.keep) kept.push(bytes.subarray(0, at));
		return at;
	}

	#endCopy(): void {
		const rows = this.#copying?.rows ?? 0;
		this.#copying = undefined;
		this.#visitor.copyEnd?.(rows);
	}
}
