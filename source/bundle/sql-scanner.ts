import {ByteCollector} from './byte-collector.js';
import {CopyData} from './copy-data.js';
import {
	backslash,
	dash,
	dollar,
	doubleQuote,
	isNameByte,
	newline,
	semicolon,
	singleQuote,
	slash,
	star,
	stopsAt,
} from './sql-bytes.js';
import {isCopyFromStdin} from './sql-words.js';

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

const statementLimit = 16 * 1024;
/** A COPY can name very many columns, and its end says where the data are. */
const copyStatementLimit = 1024 * 1024;
const insertLimit = 64;
const otherLimit = 4096;
const longestTag = 128;

const stopsInText = stopsAt(singleQuote, doubleQuote, dollar, dash, star, backslash, semicolon, newline);
const stopsInString = stopsAt(singleQuote, backslash, newline);
const stopsInDollarString = stopsAt(dollar, newline);
const stopsInLine = stopsAt(newline);

type State =
	| 'text'
	| 'string'
	| 'escape string'
	| 'name'
	| 'line comment'
	| 'block comment'
	| 'dollar tag'
	| 'dollar string'
	| 'meta'
	| 'copy';

/**
 * Reads a script as psql does (psqlscan.l, handleCopyIn): statements, comments, every kind of quotes, psql's own commands, and the data of COPY.
 * Chunk by chunk, with little memory however long a line is.
 */
export class SqlScanner {
	/** standard_conforming_strings: off means that a backslash escapes in every string. */
	standardStrings = true;
	readonly #listener: SqlListener;
	#state: State = 'text';
	#line = 1;
	#lineStart = 0;
	/** Position of the byte under way. */
	#position = 0;
	/** The bytes before it; 0 where they belong to something else that has ended. */
	#previous = 0;
	#beforePrevious = 0;
	/** The byte has done its part: a star that opened a comment does not help to close it. */
	#isSpent = false;
	readonly #statement = new ByteCollector(statementLimit);
	#statementLine = 1;
	#statementStart = 0;
	/** Comment or command of psql under way. */
	readonly #other = new ByteCollector(otherLimit);
	#otherStart = 0;
	#commentDepth = 0;
	#isEscaped = false;
	/** Kind of the string that has just been closed: a quote after it (and white space) goes on with it. */
	#closedString: 'string' | 'escape string' | undefined;
	/** Tag of a dollar string, with both dollars, and how much of it was just seen. */
	#tag: number[] = [];
	#tagSeen = 0;
	/** COPY statements of this line, whose data come after it, and the state to go on with after them. */
	readonly #copies: string[] = [];
	#resume: State = 'text';
	#data = new CopyData();

	constructor(listener: SqlListener) {
		this.#listener = listener;
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
		const [statement] = this.#copies;
		if (statement !== undefined) return {inside: 'copy', line, statement, rows: this.#data.rows};
		if (this.#state === 'string' || this.#state === 'escape string') return {inside: 'string', line};
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
		else if (this.#state !== 'block comment') this.#addRun(chunk, from, at);
		this.#position += at - from;
		this.#beforePrevious = at - from > 1 ? (chunk[at - 2] ?? 0) : this.#previous;
		this.#previous = chunk[at - 1] ?? 0;
		return at;
	}

	#addRun(chunk: Buffer, from: number, to: number): void {
		this.#statement.addAll(chunk, from, to);
		this.#fitLimit();
	}

	/** The bytes that count in the present state; undefined when each one does. */
	#stops(): Uint8Array | undefined {
		switch (this.#state) {
			case 'text':
				return this.#statement.isBlank || this.#closedString !== undefined ? undefined : stopsInText;
			case 'string':
				return stopsInString;
			case 'escape string':
				return this.#isEscaped ? undefined : stopsInString;
			case 'dollar string':
				return this.#tagSeen > 0 ? undefined : stopsInDollarString;
			case 'line comment':
			case 'meta':
				return stopsInLine;
			default:
				return undefined;
		}
	}

	#scan(byte: number): void {
		switch (this.#state) {
			case 'text':
				this.#scanText(byte);
				return;
			case 'string':
			case 'escape string':
				this.#statement.add(byte);
				this.#scanString(byte, this.#state);
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
				this.#scanDollarString(byte);
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
				this.#beginString();
				break;
			case doubleQuote:
				this.#state = 'name';
				break;
			case dollar:
				if (!isNameByte(this.#previous)) {
					this.#state = 'dollar tag';
					this.#tag = [dollar];
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
			if (this.#statement.isBlank) {
				this.#statementLine = this.#line;
				this.#statementStart = this.#position;
			}

			if (byte !== singleQuote) this.#closedString = undefined;
		}

		this.#statement.add(byte);
		this.#fitLimit();
	}

	/** The columns of a COPY are read to their end; of an INSERT, of which there are millions, only the begin. */
	#fitLimit(): void {
		const {limit, length} = this.#statement;
		if (limit !== statementLimit || length < insertLimit) return;
		if (this.#statement.isFull() && /^\s*copy\b/iu.test(this.#statement.text()))
			this.#statement.limit = copyStatementLimit;
		if ((this.#statement.first | 0x20) === 0x69 && /^insert\b/iu.test(this.#statement.text())) {
			this.#statement.limit = insertLimit;
		}
	}

	#beginString(): void {
		const isMarked = (this.#previous | 0x20) === 0x65 && !isNameByte(this.#beforePrevious);
		this.#state = this.#closedString ?? (isMarked || !this.standardStrings ? 'escape string' : 'string');
		this.#isEscaped = false;
	}

	#scanString(byte: number, kind: 'string' | 'escape string'): void {
		if (this.#isEscaped) {
			this.#isEscaped = false;
		} else if (byte === singleQuote) {
			if (kind === 'string' && this.#previous === backslash) this.#listener.ambiguousString(this.#line);
			this.#state = 'text';
			this.#closedString = kind;
		} else if (byte === backslash && kind === 'escape string') {
			this.#isEscaped = true;
		}
	}

	#scanDollarTag(byte: number): void {
		if (byte === dollar) {
			this.#tag.push(byte);
			this.#tagSeen = 0;
			this.#state = 'dollar string';
			this.#addToStatement(byte);
			return;
		}

		const isDigit = byte >= 0x30 && byte <= 0x39;
		if (isNameByte(byte) && !(isDigit && this.#tag.length === 1) && this.#tag.length < longestTag) {
			this.#tag.push(byte);
			this.#addToStatement(byte);
			return;
		}

		this.#state = 'text';
		this.#scanText(byte);
	}

	#scanDollarString(byte: number): void {
		if (byte === this.#tag[this.#tagSeen]) this.#tagSeen++;
		else this.#tagSeen = byte === dollar ? 1 : 0;
		if (this.#tagSeen < this.#tag.length) return;
		this.#state = 'text';
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
			const text = this.#statement.text().trim();
			const range = {start: this.#statementStart, end: this.#position + 1};
			this.#listener.statement(text, this.#statementLine, range);
			if (isCopyFromStdin(text)) this.#copies.push(text);
		}

		this.#statement.clear();
		this.#statement.limit = statementLimit;
		this.#closedString = undefined;
	}

	#endLine(): void {
		this.#line++;
		this.#lineStart = this.#position;
		if (this.#copies.length === 0) return;
		this.#resume = this.#state;
		this.#beginCopy();
	}

	#beginCopy(): void {
		this.#state = 'copy';
		this.#data = new CopyData();
	}

	/** Goes through lines of data until they or the chunk end; returns where. */
	#scanCopy(chunk: Buffer, from: number): number {
		const {rows} = this.#data;
		const {at, isEnd} = this.#data.read(chunk, from);
		this.#position += at - from;
		this.#line += this.#data.rows - rows + (isEnd ? 1 : 0);
		if (isEnd) this.#endCopy();
		return at;
	}

	#endCopy(): void {
		this.#lineStart = this.#position;
		this.#previous = newline;
		this.#listener.copyEnded(this.#copies.shift() ?? '', this.#data.rows);
		if (this.#copies.length > 0) this.#beginCopy();
		else this.#state = this.#resume;
	}
}
