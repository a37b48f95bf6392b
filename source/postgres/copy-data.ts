import {backslash, carriageReturn, dot, newline} from './sql-bytes.js';

type Copy = {readonly statement: string; readonly rows: number};

/** COPY statements whose data follow one another. */
export class CopyQueue {
	readonly #statements: string[] = [];
	#data = new CopyData();

	/** The one whose data come first; undefined when there is none. */
	get current(): Copy | undefined {
		const [statement] = this.#statements;
		return statement === undefined ? undefined : {statement, rows: this.#data.rows};
	}

	add(statement: string): void {
		this.#statements.push(statement);
	}

	/** Goes through the first one's lines until they or the chunk end; returns where, how many lines that was, and what has ended. */
	read(chunk: Buffer, from: number): {readonly at: number; readonly lines: number; readonly ended: Copy | undefined} {
		const before = this.#data.rows;
		const {at, isEnd} = this.#data.read(chunk, from);
		const lines = this.#data.rows - before;
		if (!isEnd) return {at, lines, ended: undefined};
		const ended = this.current;
		this.#statements.shift();
		this.#data = new CopyData();
		return {at, lines: lines + 1, ended};
	}
}

/** The data of one COPY in a script: lines up to `\\.` alone on one (handleCopyIn of psql). */
class CopyData {
	/** Lines so far. */
	rows = 0;
	/** The first bytes of a line that began in an earlier chunk, and how many it has. */
	#line: number[] = [];
	#lineBytes = 0;

	/** Goes through lines until the data or the chunk end; returns where, and whether the data ended. */
	read(chunk: Buffer, from: number): {readonly at: number; readonly isEnd: boolean} {
		let at = from;
		while (at < chunk.length) {
			const end = chunk.indexOf(newline, at);
			if (end === -1) {
				for (let byte = at; byte < chunk.length && this.#line.length < 4; byte++) this.#line.push(chunk[byte] ?? 0);
				this.#lineBytes += chunk.length - at;
				return {at: chunk.length, isEnd: false};
			}

			const isEnd =
				this.#lineBytes === 0
					? isEndMark(chunk[at], chunk[at + 1], chunk[at + 2], end - at)
					: this.#isEndAcross(chunk, at, end);
			this.#lineBytes = 0;
			at = end + 1;
			if (isEnd) return {at, isEnd};
			this.rows++;
		}

		return {at, isEnd: false};
	}

	#isEndAcross(chunk: Buffer, at: number, end: number): boolean {
		const bytes = [...this.#line, ...chunk.subarray(at, Math.min(end, at + 4))];
		this.#line = [];
		return isEndMark(bytes[0], bytes[1], bytes[2], this.#lineBytes + end - at);
	}
}

function isEndMark(
	first: number | undefined,
	second: number | undefined,
	third: number | undefined,
	length: number,
): boolean {
	if (first !== backslash || second !== dot) return false;
	return length === 2 || (length === 3 && third === carriageReturn);
}
