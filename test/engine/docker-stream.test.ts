import {Readable} from 'node:stream';
import {expect, test} from 'vitest';
import {demultiplex, parseLogLine} from '../../source/engine/docker-stream.js';

const frame = (stream: 1 | 2, text: string) => {
	const body = Buffer.from(text);
	const head = Buffer.alloc(8);
	head[0] = stream;
	head.writeUInt32BE(body.length, 4);
	return Buffer.concat([head, body]);
};

test('streams are told apart and lines joined, wherever the bytes are cut', async () => {
	const bytes = Buffer.concat([frame(1, 'first li'), frame(2, 'error é\n'), frame(1, 'ne\nlast')]);
	for (const size of [1, 3, 7, 8, 9, bytes.length]) {
		const chunks = Array.from({length: Math.ceil(bytes.length / size)}, (_, index) =>
			bytes.subarray(index * size, (index + 1) * size),
		);
		const lines: unknown[] = [];
		for await (const line of demultiplex(Readable.from(chunks))) lines.push(line);
		expect(lines).toEqual([
			{stream: 'stderr', line: 'error é'},
			{stream: 'stdout', line: 'first line'},
			{stream: 'stdout', line: 'last'},
		]);
	}
});

test('the time of a line is read with milliseconds', () => {
	expect(parseLogLine('stdout', '2026-06-14T02:00:00.123456789Z hello there')).toEqual({
		time: Date.UTC(2026, 5, 14, 2, 0, 0, 123),
		stream: 'stdout',
		line: 'hello there',
	});
	expect(parseLogLine('stderr', 'no time here').time).toBe(0);
	expect(parseLogLine('stderr', '2026-06-14T02:00:00Z').line).toBe('');
});
