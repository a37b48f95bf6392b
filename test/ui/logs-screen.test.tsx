import {describe, expect, test, vi} from 'vitest';
import {AppError} from '../../source/errors.js';
import type {LogRecord, LogSource, WizardEntry} from '../../source/ui/wizard.js';
import {keys} from '../helpers/ink.js';
import {night} from '../helpers/wizard.js';
import {openWizard, sizes} from '../helpers/wizard-screen.js';

function record(index: number, change: Partial<LogRecord> = {}): LogRecord {
	return {
		service: index % 3 === 0 ? 'postgres' : 'app',
		time: night + index * 1000,
		stream: 'stdout',
		line: `request ${index} took ${index * 7} ms`,
		level: 'info',
		...change,
	};
}

const lines: readonly LogRecord[] = [
	...Array.from({length: 40}, (_, index) => record(index)),
	record(40, {level: 'warning', line: 'slow query: \u001B[31mSELECT\u001B[0m took 4 s'}),
	record(41, {level: 'error', line: 'password authentication failed for user "clerq"', service: 'app'}),
];

function entryOf(source: Partial<LogSource>): readonly WizardEntry[] {
	return [
		{
			kind: 'logs',
			label: 'Logs',
			hint: 'Live, of all services',
			logs: {
				async *follow(_stack, _services, signal) {
					yield lines;
					await new Promise(resolve => signal.addEventListener('abort', resolve));
				},
				explain: ({line}) => (line.includes('authentication failed') ? 'wrong password' : undefined),
				...source,
			},
		},
	];
}

async function openLogs(source: Partial<LogSource> = {}, size = {}) {
	const screen = openWizard({entries: entryOf(source)}, size);
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	return screen;
}

describe.each(sizes)('logs, %s', (_name, size) => {
	test('live, paused on a line, and searched', async () => {
		const screen = await openLogs({}, size);
		expect(await screen.waitFor('wrong pass')).toMatchSnapshot();
		screen.send(keys.up);
		expect(await screen.waitFor(/❯ .*slow/)).toMatchSnapshot();
		screen.send(keys.end);
		await screen.waitFor('Live');
		screen.send('/');
		await screen.waitFor('❯');
		screen.send('REQUEST 3');
		expect(await screen.waitFor('11 lines')).toMatchSnapshot();
		screen.send(keys.enter);
		await screen.waitFor('/ search');
		screen.send(keys.escape);
		await screen.waitFor('42 lines');
	});
});

test('levels and services are filtered', async () => {
	const screen = await openLogs();
	await screen.waitFor('42 lines');
	screen.send('l');
	await screen.waitFor('2 lines · warnings and errors');
	screen.send('l');
	await screen.waitFor('1 line · errors');
	screen.send('l');
	await screen.waitFor('42 lines · all levels');
	screen.send('s');
	await screen.waitFor('Which services');
	screen.send('n');
	await screen.waitFor('0 of 3');
	screen.send(keys.space + keys.enter);
	expect(await screen.waitFor('28 lines')).not.toMatch(/postgres +[✗! ]/);
});

test('the time that a line begins with is not told twice; the selected line is shown whole', async () => {
	const line = '2026-06-14 02:00:00.376 UTC [1] LOG:  starting PostgreSQL 17.11';
	const follow: LogSource['follow'] = async function* (_stack, _services, signal) {
		yield [record(0, {line})];
		await new Promise(resolve => signal.addEventListener('abort', resolve));
	};
	const screen = await openLogs({follow}, {columns: 40, rows: 24});
	expect(await screen.waitFor('starting')).toMatch(/postgres +LOG: +starting/);
	screen.send(keys.up);
	expect((await screen.waitFor('[1]')).replaceAll(/\s+/g, ' ')).toContain(
		'02:00:00.376 UTC [1] LOG: starting PostgreSQL',
	);
	screen.send(keys.end);
	await screen.waitFor('Live');
	screen.send('/');
	await screen.waitFor('❯');
	screen.send('376');
	await screen.waitFor('2026-06-14 02');
});

test('a line is copied through the terminal', async () => {
	const screen = await openLogs();
	await screen.waitFor('42 lines');
	screen.send('c');
	await screen.waitFor('Copied');
	const text = Buffer.from('password authentication failed for user "clerq"').toString('base64');
	expect(screen.written().join('')).toContain(`\u001B]52;c;${text}\u0007`);
});

test('the source is aborted when the screen is left', async () => {
	let signal: AbortSignal | undefined;
	const screen = await openLogs({
		async *follow(_stack, _services, given) {
			signal = given;
			yield lines;
			await new Promise(resolve => given.addEventListener('abort', resolve));
		},
	});
	await screen.waitFor('42 lines');
	screen.send(keys.escape);
	await screen.waitFor('17.11');
	await vi.waitFor(() => expect(signal?.aborted).toBe(true));
});

test('a source that fails says why, and what came before stays', async () => {
	const screen = await openLogs({
		async *follow() {
			yield lines;
			throw new AppError('engine-unreachable', 'The engine stopped answering');
		},
	});
	expect(await screen.waitFor('The engine stopped answering')).toContain('request 39');
});
