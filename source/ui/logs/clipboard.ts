/** Terminals refuse much more than this. */
const mostBytes = 74_000;

/** The sequence that asks the terminal to put text on the clipboard of the person in front of it, also through SSH (OSC 52). */
export function clipboardSequence(text: string): string {
	return `\u001B]52;c;${Buffer.from(text).subarray(0, mostBytes).toString('base64')}\u0007`;
}
