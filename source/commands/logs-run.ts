import {AppError} from '../errors.js';
import {followLogs, type LogRecord} from '../flows/logs.js';
import type {LogLevel} from '../stack/log-level.js';
import type {CommandRunner} from './command.js';
import {stackOf} from './stack-of.js';

const gravity: readonly LogLevel[] = ['error', 'warning', 'info', 'debug'];

/** `lifeboat logs`: lines on stdout; with `--json` one document of records at the end. */
export const runLogs: CommandRunner = async (input, {services, globals, signal, answer}) => {
	const stack = await stackOf(globals, services, signal);
	const chosen = input.arguments;
	const unknown = chosen.filter(name => !stack.services.some(service => service.name === name));
	if (unknown.length > 0) {
		throw new AppError('usage', `The stack ${stack.project} has no service ${unknown.join(', ')}`, {
			hint: `Its services are: ${stack.services.map(service => service.name).join(', ')}`,
		});
	}

	const {tail, since, level, grep, follow} = input.options;
	const options = {
		project: stack.project,
		services: chosen,
		tail: typeof tail === 'number' ? tail : 200,
		since: typeof since === 'string' ? parseSince(since, services.clock.now()) : undefined,
		follow: follow === true && !globals.json,
	};
	const wanted = (record: LogRecord) =>
		(typeof grep !== 'string' || record.line.toLowerCase().includes(grep.toLowerCase())) &&
		(typeof level !== 'string' || gravity.indexOf(record.level ?? 'info') <= gravity.indexOf(level as LogLevel));
	const width = Math.max(0, ...stack.services.map(service => service.name.length));
	const kept: LogRecord[] = [];
	for await (const batch of followLogs(options, services, signal)) {
		const lines = batch.filter(wanted);
		if (globals.json) kept.push(...lines);
		else if (lines.length > 0) process.stdout.write(lines.map(record => formatRecord(record, width)).join(''));
	}

	if (globals.json)
		answer([], {
			ok: true,
			lines: kept.map(record => ({...record, level: record.level ?? null, time: new Date(record.time).toISOString()})),
		});
	return 0;
};

function formatRecord(record: LogRecord, width: number): string {
	return `${new Date(record.time).toISOString().slice(11, 23)} ${record.service.padEnd(width)} | ${record.line}\n`;
}

const units: Readonly<Record<string, number>> = {s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000};

/** A time or an age to milliseconds since the epoch. Throws AppError usage. */
export function parseSince(text: string, now: number): number {
	const age = text.match(/^(\d+)([smhd])$/);
	if (age) return now - Number(age[1]) * (units[age[2] ?? 's'] ?? 1000);
	const time = Date.parse(text);
	if (Number.isNaN(time))
		throw new AppError('usage', `--since does not understand ${text}`, {
			hint: 'Give a time such as 2026-06-14T02:00:00Z, or an age such as 10m, 2h or 3d',
		});
	return time;
}
