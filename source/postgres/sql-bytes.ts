/** Bytes that mean something in SQL. */
export const newline = 0x0a;
export const carriageReturn = 0x0d;
export const backslash = 0x5c;
export const singleQuote = 0x27;
export const doubleQuote = 0x22;
export const dollar = 0x24;
export const dash = 0x2d;
export const dot = 0x2e;
export const slash = 0x2f;
export const star = 0x2a;
export const semicolon = 0x3b;

/** A table of the bytes at which a run of plain ones ends. */
export function stopsAt(...bytes: readonly number[]): Uint8Array {
	const stops = new Uint8Array(256);
	for (const byte of bytes) stops[byte] = 1;
	return stops;
}

/** Letters, digits, underscore, dollar, and every byte of a character beyond ASCII. */
export function isNameByte(byte: number): boolean {
	return (
		(byte >= 0x61 && byte <= 0x7a) ||
		(byte >= 0x41 && byte <= 0x5a) ||
		(byte >= 0x30 && byte <= 0x39) ||
		byte === 0x5f ||
		byte === dollar ||
		byte >= 0x80
	);
}

/** An E before the quote, which is no end of a name. */
export function isMarked(previous: number, beforePrevious: number): boolean {
	return (previous | 0x20) === 0x65 && !isNameByte(beforePrevious);
}
