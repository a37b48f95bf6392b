import {Text} from 'ink';
import type {BackupRecord} from '../../settings.js';
import type {Stack, StackService} from '../../stack/stack.js';
import type {Lines} from '../components/lines.js';
import {plural} from '../format.js';
import {
	describeDatabase,
	describeExternal,
	describeLastBackup,
	describeService,
	type Mood,
	orderServices,
	type Status,
	summarizeServices,
} from '../home-model.js';
import type {Symbols} from '../symbols.js';
import {displayWidth, padEnd, truncate} from '../text.js';

export type HomeFacts = {
	readonly stack: Stack;
	/** Undefined while they are being read. */
	readonly backups: readonly BackupRecord[] | undefined;
	/** False while detection goes on: what is missing may still come. */
	readonly isComplete: boolean;
	readonly now: number;
};

/** The row of the last backup says it, and is newer than the warning after a backup. */
const saidByBackupRow = 'no-backup';
const labelWidth = 9;
const withRoles = 64;

export const moodStyle: Record<Mood, {readonly sign: keyof Symbols; readonly color: string}> = {
	good: {sign: 'ok', color: 'green'},
	idle: {sign: 'idle', color: 'gray'},
	warning: {sign: 'warning', color: 'yellow'},
	bad: {sign: 'failed', color: 'red'},
	busy: {sign: 'running', color: 'cyan'},
};

const looking: Status = {mood: 'busy', text: 'Looking…'};

const withoutEngine: Status = {mood: 'warning', text: 'Unknown without the engine'};

type Row = Status & {readonly isRest?: boolean};

/** What is deployed, in at most `height` rows: what is wrong gets room before what is well. */
export function homeLines(facts: HomeFacts, width: number, height: number, symbols: Symbols): Lines {
	const {stack, backups, isComplete, now} = facts;
	// The files are read before the containers: until then, and without an engine, nobody knows what runs.
	const unknown = stack.engineReached ? undefined : isComplete ? withoutEngine : looking;
	const databases: readonly Row[] = [
		...stack.databases.map(database =>
			unknown === undefined
				? describeDatabase(database)
				: {...unknown, text: `${database.service} · ${unknown.text.toLowerCase()}`},
		),
		...stack.external.map(describeExternal),
		...(stack.databases.length + stack.external.length === 0
			? [isComplete ? {mood: 'warning' as const, text: 'No PostgreSQL found'} : looking]
			: []),
	];
	const warnings: readonly Row[] = stack.warnings
		.filter(({code}) => code !== saidByBackupRow)
		.map(({message}) => ({mood: 'warning', text: message}));
	const services = orderServices(stack.services);
	const roomy = height - 1 - Math.min(databases.length, 2);
	const warningRows = Math.min(warnings.length, Math.max(1, roomy - Math.max(1, services.length)), roomy > 3 ? 3 : 1);
	const serviceRows = Math.min(services.length, Math.max(1, roomy - warningRows));
	return [
		...section(plural(databases.length, 'Database').replace(/^\S+ /, ''), cutRows(databases, 2), width, symbols),
		...section('Services', serviceList(services, serviceRows, width - labelWidth - 4, unknown), width, symbols),
		...section('Backup', [backups ? describeLastBackup(backups, now) : looking], width, symbols),
		...section('Warnings', cutRows(warnings, warningRows, ' (press w)'), width, symbols),
	].slice(0, Math.max(1, height));
}

function cutRows(rows: readonly Row[], limit: number, how = ''): readonly Row[] {
	if (rows.length <= limit) return rows;
	if (limit === 1 && rows[0]) return [{...rows[0], text: `${plural(rows.length, 'warning')}${how}: ${rows[0].text}`}];
	const rest = rows.length - limit + 1;
	return [
		...rows.slice(0, limit - 1),
		{mood: rows[limit - 1]?.mood ?? 'idle', text: `${rest} more${how}`, isRest: true},
	];
}

function serviceList(
	services: readonly StackService[],
	limit: number,
	width: number,
	unknown: Status | undefined,
): readonly Row[] {
	const shown = services.length <= limit ? services : services.slice(0, limit - 1);
	const nameWidth = Math.min(Math.max(0, ...shown.map(({name}) => displayWidth(name))), Math.floor(width / 2.4));
	const roleWidth =
		width >= withRoles - 20 ? Math.max(0, ...shown.map(service => displayWidth(roleOf(service)))) + 2 : 0;
	const rows = shown.map((service): Row => {
		const {mood, text} = unknown ?? describeService(service);
		const ports = service.ports.length > 0 && roleWidth > 0 ? ` · port ${service.ports.join(', ')}` : '';
		const role = roleWidth > 0 ? padEnd(roleOf(service), roleWidth) : '';
		return {mood, text: `${padEnd(truncate(service.name, nameWidth), nameWidth)}  ${role}${text}${ports}`};
	});
	const rest = services.slice(shown.length);
	return rest.length === 0
		? rows
		: [...rows, {mood: 'idle', text: summarizeServices(rest, unknown === undefined), isRest: true}];
}

function roleOf({role, oneShot}: StackService): string {
	return oneShot && role === 'other' ? 'one-shot' : role;
}

function section(label: string, rows: readonly Row[], width: number, symbols: Symbols): Lines {
	return rows.map(({mood, text, isRest = false}, index) => {
		const {sign, color} = moodStyle[mood];
		return (
			<Text key={`${label} ${text}`} wrap="truncate">
				<Text dimColor>{padEnd(index === 0 ? label : '', labelWidth)}</Text>{' '}
				<Text color={color}>{isRest ? ' ' : symbols[sign]}</Text>
				<Text dimColor={isRest}>{` ${truncate(text, width - labelWidth - 3)}`}</Text>
			</Text>
		);
	});
}
