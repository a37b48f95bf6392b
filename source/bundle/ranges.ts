import type {ByteRange} from '../postgres/sql-listener.js';

/** The bytes of `chunks` within `keep` (all by default), without those in `drop`. Positions count from the first byte. Stops reading after the last byte that is kept. */
export async function* selectBytes(
	chunks: AsyncIterable<Buffer>,
	keep: ByteRange | undefined,
	drop: readonly ByteRange[],
): AsyncGenerator<Buffer, void, void> {
	const ranges = keptRanges(keep ?? {start: 0, end: Number.POSITIVE_INFINITY}, drop);
	let index = 0;
	let position = 0;
	for await (const chunk of chunks) {
		const end = position + chunk.length;
		for (let range = ranges[index]; range !== undefined && range.start < end; range = ranges[index]) {
			const from = Math.max(range.start, position);
			const to = Math.min(range.end, end);
			if (to > from) yield chunk.subarray(from - position, to - position);
			if (range.end > end) break;
			index++;
		}

		position = end;
		if (index >= ranges.length) return;
	}
}

/** What is left of a range when others are taken out, in order. */
function keptRanges(keep: ByteRange, drop: readonly ByteRange[]): readonly ByteRange[] {
	const kept: ByteRange[] = [];
	let start = keep.start;
	for (const range of [...drop].sort((one, other) => one.start - other.start)) {
		if (range.end <= start || range.start >= keep.end) continue;
		if (range.start > start) kept.push({start, end: range.start});
		start = Math.max(start, range.end);
	}

	if (start < keep.end) kept.push({start, end: keep.end});
	return kept;
}

/** Turns CR LF into LF: exactly what a terminal (or Windows) did to every line end, undone. */
export async function* undoCrlf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
	let held = false;
	for await (const chunk of chunks) {
		const bytes: Buffer = held ? Buffer.concat([Buffer.from('\r'), chunk]) : chunk;
		held = bytes.at(-1) === 0x0d;
		const output = Buffer.allocUnsafe(bytes.length);
		let length = 0;
		const end = held ? bytes.length - 1 : bytes.length;
		for (let at = 0; at < end; at++) {
			const byte = bytes[at] ?? 0;
			if (byte === 0x0d && bytes[at + 1] === 0x0a) continue;
			output[length++] = byte;
		}

		if (length > 0) yield output.subarray(0, length);
	}

	if (held) yield Buffer.from('\r');
}
