import {ByteCollector} from './byte-collector.js';
import {CopyQueue} from './copy-data.js';
import {
	backslash,
	dash,
	dollar,
	doubleQuote,
	isMarked,
	isNameByte,
	newline,
	semicolon,
	singleQuote,
	slash,
	star,
} from './sql-bytes.js';
import type {SqlEnd, SqlListener} from './sql-listener.js';
import {DollarTag, QuotedString, StatementText} from './sql-pieces.js';
import {type SqlState, stopsOf} from './sql-state.js';
import {isCopyFromStdin, readStandardStrings} from './sql-words.js';

const otherLimit = 4096;

/**
 * Reads a script as psql does (psqlscan.l, handleCopyIn): statements, comments, every kind of quotes, psql's own commands, and the data of COPY.
 * Chunk by chunk, with little memory however long a line is.
 */
export class SqlScanner {
	/** standard_conforming_strings, as the script sets it: off means that a backslash escapes in every string. */
	standardStrings = true;
	readonly #listener: SqlListener;
	#state: SqlState = 'text';
	#line = 1;
	#lineStart = 0;
	/** Position of the byte under way. */
	#position = 0;
	/** The bytes before it; 0 where they belong to something else that has ended. */
	#previous = 0;
	#beforePrevious = 0;
	/** The byte has done its part: a star that opened a comment does not help to close it. */
	#isSpent = false;
	readonly #statement: StatementText;
	/** Comment or command of psql under way. */
	readonly #other = new ByteCollector(otherLimit);
	#otherStart = 0;
	#commentDepth = 0;
	readonly #string = new QuotedString();
	readonly #tag = new DollarTag();
	/** COPY statements of this line, whose data come after it, and the state to go on with after them. */
	readonly #copies = new CopyQueue();
	#resume: SqlState = 'text';

	/** `longest` is how much of a statement is told at the most; absent for enough to know what it is. */
	constructor(listener: SqlListener, longest?: number) {
		this.#listener = listener;
		this.#statement = new StatementText(longest);
	}

	/** How many bytes were read. */
	get position(): number {
		return this.#position;
	}

	/** The position up to which everything was told: the begin of a statement or of a command that is under way, else that of the next byte. */
	get toldUntil(): number {
		if (this.#state === 'meta') return this.#otherStart;
		return this.#state === 'copy' || this.#statement.isBlank ? this.#position : this.#statement.start;
	}

	/** The last line of the statement under way, as far as it was read. */
	get openLine(): string {
		return this.#statement.text().split('\n').at(-1) ?? '';
	}

	push(chunk: Buffer): void {
		let at = 0;
		while (at < chunk.length) {
			if (this.#state === 'copy') {
				at = this.#scanCopy(chunk, at);
				continue;
			}

			at = this.#skipPlain(chunk, at);
			const byte = chunk[at++];
			if (byte === undefined) return;
			this.#isSpent = false;
			this.#scan(byte);
			this.#beforePrevious = this.#previous;
			this.#previous = this.#isSpent ? 0 : byte;
			this.#position++;
			if (byte === newline) this.#endLine();
		}
	}

	end(): SqlEnd {
		if (this.#state === 'line comment' || this.#state === 'meta') this.#endOther();
		const line = this.#line;
		const copy = this.#copies.current;
		if (copy !== undefined) return {inside: 'copy', line, ...copy};
		if (this.#state === 'string') return {inside: 'string', line};
		if (this.#state === 'block comment') return {inside: 'comment', line};
		if (this.#state === 'dollar string' || this.#state === 'name') return {inside: this.#state, line};
		return {inside: this.#statement.isBlank ? 'nothing' : 'statement', line};
	}

	/** Takes a run of bytes that mean nothing in the present state at once; returns where it ends. */
	#skipPlain(chunk: Buffer, from: number): number {
		const stops = this.#stops();
		if (stops === undefined) return from;
		let at = from;
		while (at < chunk.length && stops[chunk[at] ?? 0] === 0) at++;
		if (at === from) return at;
		if (this.#state === 'line comment' || this.#state === 'meta') this.#other.addAll(chunk, from, at);
		else if (this.#state !== 'block comment') this.#statement.addAll(chunk, from, at);
		this.#position += at - from;
		this.#beforePrevious = at - from > 1 ? (chunk[at - 2] ?? 0) : this.#previous;
		this.#previous = chunk[at - 1] ?? 0;
		return at;
	}

	/** The bytes that count in the present state; undefined when each one does. */
	#stops(): Uint8Array | undefined {
		if (this.#state === 'text' && (this.#statement.isBlank || this.#string.mayGoOn)) return undefined;
		if (this.#state === 'string' && this.#string.isEscaped) return undefined;
		if (this.#state === 'dollar string' && this.#tag.isUnderWay) return undefined;
		return stopsOf[this.#state];
	}

	#scan(byte: number): void {
		switch (this.#state) {
			case 'text':
				this.#scanText(byte);
				return;
			case 'string':
				this.#statement.add(byte);
				if (!this.#string.closes(byte)) return;
				if (!this.#string.escapes && this.#previous === backslash) this.#listener.ambiguousString(this.#line);
				this.#state = 'text';
				return;
			case 'name':
				this.#statement.add(byte);
				if (byte === doubleQuote) this.#state = 'text';
				return;
			case 'dollar tag':
				this.#scanDollarTag(byte);
				return;
			case 'dollar string':
				this.#statement.add(byte);
				if (this.#tag.closes(byte)) this.#state = 'text';
				return;
			case 'block comment':
				this.#scanBlockComment(byte);
				return;
			default:
				if (byte === newline) this.#endOther();
				else this.#other.add(byte);
		}
	}

	#scanText(byte: number): void {
		switch (byte) {
			case singleQuote:
				this.#state = 'string';
				this.#string.begin(isMarked(this.#previous, this.#beforePrevious) || !this.standardStrings);
				break;
			case doubleQuote:
				this.#state = 'name';
				break;
			case dollar:
				if (!isNameByte(this.#previous)) {
					this.#state = 'dollar tag';
					this.#tag.begin();
				}

				break;
			case dash:
				if (this.#previous === dash) {
					this.#statement.removeLast();
					this.#beginOther('line comment', this.#position - 1);
					return;
				}

				break;
			case star:
				if (this.#previous === slash) {
					this.#statement.removeLast();
					this.#state = 'block comment';
					this.#commentDepth = 1;
					this.#isSpent = true;
					return;
				}

				break;
			case backslash:
				this.#beginOther('meta', this.#position);
				this.#other.add(byte);
				return;
			case semicolon:
				this.#endStatement();
				return;
			default:
				break;
		}

		this.#addToStatement(byte);
	}

	#addToStatement(byte: number): void {
		if (byte > 0x20) {
			if (this.#statement.isBlank) this.#statement.begin(this.#line, this.#position);
			if (byte !== singleQuote) this.#string.forget();
		}

		this.#statement.add(byte);
	}

	#scanDollarTag(byte: number): void {
		const step = this.#tag.take(byte);
		if (step === 'none') {
			this.#state = 'text';
			this.#scanText(byte);
			return;
		}

		if (step === 'complete') this.#state = 'dollar string';
		this.#addToStatement(byte);
	}

	#scanBlockComment(byte: number): void {
		if (byte === slash && this.#previous === star) {
			this.#commentDepth--;
			if (this.#commentDepth === 0) {
				this.#state = 'text';
				this.#statement.add(0x20);
			}
		} else if (byte === star && this.#previous === slash) {
			this.#commentDepth++;
		} else {
			return;
		}

		this.#isSpent = true;
	}

	#beginOther(state: 'line comment' | 'meta', start: number): void {
		this.#state = state;
		this.#other.clear();
		this.#otherStart = start;
	}

	#endOther(): void {
		const range = {start: this.#otherStart, end: this.#position + 1};
		const text = this.#other.text().replace(/\r$/u, '');
		if (this.#state === 'line comment') {
			if (this.#otherStart === this.#lineStart) this.#listener.comment(text, this.#line, range);
		} else {
			this.#listener.metaCommand(text, this.#line, range);
			if (text.startsWith('\\g')) this.#endStatement();
		}

		this.#state = 'text';
		this.#statement.add(newline);
	}

	#endStatement(): void {
		if (!this.#statement.isBlank) {
			const text = this.#statement.text();
			this.#listener.statement(text, this.#statement.line, {start: this.#statement.start, end: this.#position + 1});
			if (isCopyFromStdin(text)) this.#copies.add(text);
			const isOn = readStandardStrings(text);
			if (isOn !== undefined) this.standardStrings = isOn;
		}

		this.#statement.clear();
		this.#string.forget();
	}

	#endLine(): void {
		this.#line++;
		this.#lineStart = this.#position;
		if (this.#copies.current === undefined) return;
		this.#resume = this.#state;
		this.#state = 'copy';
	}

	/** Goes through lines of data until they or the chunk end; returns where. */
	#scanCopy(chunk: Buffer, from: number): number {
		const {at, lines, ended} = this.#copies.read(chunk, from);
		this.#position += at - from;
		this.#line += lines;
		if (ended === undefined) return at;
		this.#lineStart = this.#position;
		this.#previous = newline;
		this.#listener.copyEnded(ended.statement, ended.rows);
		if (this.#copies.current === undefined) this.#state = this.#resume;
		return at;
	}
}
