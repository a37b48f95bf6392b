import type {Readable} from 'node:stream';
import {StringDecoder} from 'node:string_decoder';
import {sanitizeLine} from './lines.js';
import type {LogEntry} from './types.js';

type StreamName = 'stdout' | 'stderr';
const headerBytes = 8;
const longestLine = 16_384;

/**
 * Splits the engine's multiplexed stream (8-byte header: stream, 0, 0, 0, length) into lines. Pulls from the source,
 * so that a slow reader slows the engine instead of filling the memory (docker-modem's demuxStream does not).
 */
export async function* demultiplex(source: Readable): AsyncGenerator<{stream: StreamName; line: string}> {
	const decoders = {stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8')};
	const rests = {stdout: '', stderr: ''};
	let pending: Buffer = Buffer.alloc(0);
	for await (const chunk of source) {
		pending = pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
		for (;;) {
			if (pending.length < headerBytes) break;
			const length = pending.readUInt32BE(4);
			if (pending.length < headerBytes + length) break;
			const stream: StreamName = pending[0] === 2 ? 'stderr' : 'stdout';
			const text = rests[stream] + decoders[stream].write(pending.subarray(headerBytes, headerBytes + length));
			pending = pending.subarray(headerBytes + length);
			const lines = text.split('\n');
			rests[stream] = lines.pop() ?? '';
			for (const line of lines) yield {stream, line};
			if (rests[stream].length > longestLine) {
				yield {stream, line: rests[stream]};
				rests[stream] = '';
			}
		}
	}

	for (const stream of ['stdout', 'stderr'] as const) {
		if (rests[stream] !== '') yield {stream, line: rests[stream]};
	}
}

/** `2026-06-14T02:00:00.123456789Z text` to its parts; a line without a time gets 0. */
export function parseLogLine(stream: StreamName, raw: string): LogEntry {
	const space = raw.indexOf(' ');
	const stamp = space === -1 ? raw.trimEnd() : raw.slice(0, space);
	const time = /^\d{4}-\d\d-\d\dT/.test(stamp) ? Date.parse(stamp.replace(/(\.\d{3})\d*/, '$1')) : Number.NaN;
	if (Number.isNaN(time)) return {time: 0, stream, line: sanitizeLine(raw)};
	return {time, stream, line: space === -1 ? '' : sanitizeLine(raw.slice(space + 1))};
}
