import {StringDecoder} from 'node:string_decoder';

// ECMA-48: CSI sequences, OSC/DCS/SOS/PM/APC strings up to BEL or ST, two-byte escapes; then C0 (but tab), DEL and C1.
const escapes =
	/\u001B\[[0-?]*[ -/]*[@-~]|\u001B[\]PX^_][^\u0007\u001B]*(?:\u0007|\u001B\\)?|\u001B[ -/]*[0-~]?|\u009B[0-?]*[ -/]*[@-~]/g;
const controls = /[\u0000-\u0008\u000A-\u001F\u007F-\u009F\u200B\u200E\u200F\u202A-\u202E\u2066-\u2069\uFEFF]/g;
const longestLine = 16_384;

/** Makes a line of a foreign program safe for any terminal: no escape sequences, no control characters, tabs as spaces; of a line redrawn with CR the last state. */
export function sanitizeLine(line: string): string {
	const plain = line.includes('\u001B') || line.includes('\u009B') ? line.replace(escapes, '') : line;
	const redrawn = plain.replace(/\r+$/, '');
	const last = redrawn.includes('\r') ? redrawn.slice(redrawn.lastIndexOf('\r') + 1) : redrawn;
	return last.replace(/\t/g, '    ').replace(controls, '');
}

/** Splits bytes into lines; a line longer than 16 KiB is cut into pieces so that a stream without newlines cannot fill the memory. */
export async function* splitLines(chunks: AsyncIterable<Buffer | string>): AsyncGenerator<string> {
	const decoder = new StringDecoder('utf8');
	let rest = '';
	for await (const chunk of chunks) {
		rest += typeof chunk === 'string' ? chunk : decoder.write(chunk);
		const lines = rest.split('\n');
		rest = lines.pop() ?? '';
		yield* lines;
		while (rest.length > longestLine) {
			yield rest.slice(0, longestLine);
			rest = rest.slice(longestLine);
		}
	}

	rest += decoder.end();
	if (rest !== '') yield rest;
}
