import {sanitizeLine, splitLines} from '../../engine/lines.js';
import type {RunningProcess} from '../../engine/types.js';
import {merge} from '../../merge.js';
import type {Operation} from '../../operation.js';
import {lastLines} from './writers.js';

const keptLines = 20;

/** Shows what a program says as log events of `source`, to its end. Returns its exit code and its last lines, redacted as they were shown. */
export async function* streamOutput(
	running: RunningProcess,
	source: string,
): Operation<{readonly exitCode: number; readonly tail: readonly string[]}> {
	running.stdin.end();
	const tail: string[] = [];
	for await (const raw of merge(splitLines(running.stdout), running.stderr)) {
		const [line = ''] = lastLines(sanitizeLine(raw), 1);
		if (line === '') continue;
		tail.push(line);
		if (tail.length > keptLines) tail.shift();
		yield {type: 'log', source, stream: 'stdout', line};
	}

	const {exitCode} = await running.exit;
	return {exitCode, tail: tail.slice(-12)};
}
