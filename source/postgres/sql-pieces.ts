import {ByteCollector} from './byte-collector.js';
import {backslash, dollar, isNameByte, singleQuote} from './sql-bytes.js';

const usualLimit = 16 * 1024;
/** A COPY can name very many columns, and its end says where the data are. */
const copyLimit = 1024 * 1024;
/** Of an INSERT, of which there are millions, only the begin is read. */
const insertLimit = 64;
const longestTag = 128;

/** The begin of the statement under way, without comments, and where it stands. */
export class StatementText {
	/** Line and position of its first byte. */
	line = 1;
	start = 0;
	readonly #bytes: ByteCollector;
	readonly #limit: number;

	/** @param limit bytes that are kept; absent for as many as it takes to know what the statement is. */
	constructor(limit = usualLimit) {
		this.#limit = limit;
		this.#bytes = new ByteCollector(limit);
	}

	get isBlank(): boolean {
		return this.#bytes.isBlank;
	}

	begin(line: number, start: number): void {
		this.line = line;
		this.start = start;
	}

	add(byte: number): void {
		this.#bytes.add(byte);
		this.#fitLimit();
	}

	addAll(chunk: Buffer, from: number, to: number): void {
		this.#bytes.addAll(chunk, from, to);
		this.#fitLimit();
	}

	removeLast(): void {
		this.#bytes.removeLast();
	}

	text(): string {
		return this.#bytes.text().trim();
	}

	clear(): void {
		this.#bytes.clear();
		this.#bytes.limit = this.#limit;
	}

	#fitLimit(): void {
		const {limit, length} = this.#bytes;
		if (limit !== usualLimit || length < insertLimit) return;
		if (this.#bytes.isFull() && /^\s*copy\b/iu.test(this.#bytes.text())) this.#bytes.limit = copyLimit;
		if ((this.#bytes.first | 0x20) === 0x69 && /^insert\b/iu.test(this.#bytes.text())) this.#bytes.limit = insertLimit;
	}
}

/** A string in single quotes. One that follows another after white space goes on with it, and is of its kind. */
export class QuotedString {
	/** A backslash escapes in it. */
	escapes = false;
	/** The next byte is escaped. */
	isEscaped = false;
	/** It was closed, and nothing but white space has come since. */
	mayGoOn = false;

	begin(escapes: boolean): void {
		if (!this.mayGoOn) this.escapes = escapes;
		this.mayGoOn = false;
	}

	/** Takes the next byte; true when it closes the string. */
	closes(byte: number): boolean {
		if (this.isEscaped) this.isEscaped = false;
		else if (byte === singleQuote) this.mayGoOn = true;
		else if (byte === backslash && this.escapes) this.isEscaped = true;
		return this.mayGoOn;
	}

	forget(): void {
		this.mayGoOn = false;
	}
}

/** The tag of a dollar string, `$body$`: read first, then looked for. */
export class DollarTag {
	#bytes: number[] = [];
	#seen = 0;

	/** Part of the closing tag was just seen. */
	get isUnderWay(): boolean {
		return this.#seen > 0;
	}

	begin(): void {
		this.#bytes = [dollar];
		this.#seen = 0;
	}

	/** Takes the next byte of the opening tag; `none` when it was no tag after all. */
	take(byte: number): 'open' | 'complete' | 'none' {
		const isDigit = byte >= 0x30 && byte <= 0x39;
		const fits =
			byte === dollar ||
			(isNameByte(byte) && !(isDigit && this.#bytes.length === 1) && this.#bytes.length < longestTag);
		if (!fits) return 'none';
		this.#bytes.push(byte);
		return byte === dollar ? 'complete' : 'open';
	}

	/** Takes the next byte of the string; true when it completes the closing tag. */
	closes(byte: number): boolean {
		if (byte === this.#bytes[this.#seen]) this.#seen++;
		else this.#seen = byte === dollar ? 1 : 0;
		if (this.#seen < this.#bytes.length) return false;
		this.#seen = 0;
		return true;
	}
}
