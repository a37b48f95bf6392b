import {expect, test} from 'vitest';
import {sanitizeLine, splitLines} from '../../source/engine/lines.js';

const collect = async (chunks: readonly (Buffer | string)[]) => {
	const lines: string[] = [];
	for await (const line of splitLines(from(chunks))) lines.push(line);
	return lines;
};

async function* from(chunks: readonly (Buffer | string)[]) {
	yield* chunks;
}

test('lines are joined over chunk borders, in the middle of a character too', async () => {
	const bytes = Buffer.from('grün\nblau\nohne Ende');
	const chunks = [...bytes].map(byte => Buffer.from([byte]));
	expect(await collect(chunks)).toEqual(['grün', 'blau', 'ohne Ende']);
});

test('a stream without newlines is cut, so that it cannot fill the memory', async () => {
	const lines = await collect(['x'.repeat(40_000)]);
	expect(lines.map(line => line.length)).toEqual([16_384, 16_384, 7232]);
});

test.each([
	['colours', '\u001B[31mred\u001B[0m', 'red'],
	['a window title', '\u001B]0;owned\u0007text', 'text'],
	['a hyperlink', '\u001B]8;;http://x\u001B\\link\u001B]8;;\u001B\\', 'link'],
	['bell, NUL, backspace', 'a\u0007b\u0000c\u0008', 'abc'],
	['a progress line', 'old 10%\rnew 20%', 'new 20%'],
	['the CR of CRLF', 'text\r', 'text'],
	['tabs', 'a\tb', 'a    b'],
	['an eight-bit CSI', '\u009B31mred', 'red'],
	['text that runs backwards', 'safe\u202Egnp.exe', 'safegnp.exe'],
	['a sequence that is cut off', 'x\u001B[', 'x'],
])('%s cannot reach the terminal', (_name, line, expected) => {
	expect(sanitizeLine(line)).toBe(expected);
});
