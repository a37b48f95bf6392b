import {backslash, carriageReturn, dot, newline} from './sql-bytes.js';

/** The data of one COPY in a script: lines up to `\\.` alone on one (handleCopyIn of psql). */
export class CopyData {
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
