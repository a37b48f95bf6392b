import prettyBytes from 'pretty-bytes';
import {isKeptDatabase} from '../../postgres/switch.js';
import type {StackMemory} from '../../settings.js';
import type {Stack} from '../../stack/stack.js';
import type {Question} from '../flow.js';
import type {BackupAnswers} from './answers.js';

/** Only what is really open: which of several databases, and whether files go along. Every question has a safe default. */
export function askBackup(
	stack: Stack,
	given: Partial<BackupAnswers>,
	memory: Pick<StackMemory, 'tableGroups'>,
): readonly Question[] {
	const names = stack.databases
		.filter(one => !one.replica)
		.flatMap(one => one.databases)
		.filter(name => !isKeptDatabase(name));
	const groups = Object.entries(memory.tableGroups);
	const isNarrow = (given.tables?.length ?? 0) > 0 || (given.groups?.length ?? 0) > 0 || given.schemaOnly === true;
	return [
		...(names.length > 1 && given.databases === undefined && given.services === undefined
			? [
					{
						id: 'databases',
						kind: 'choices',
						title: 'Which databases do you want to back up?',
						flag: '--database',
						choices: names.map(name => ({value: name, label: name, hint: sizeOf(stack, name)})),
						initial: names,
					} as const,
				]
			: []),
		...(groups.length > 0 && given.groups === undefined && !isNarrow
			? [
					{
						id: 'groups',
						kind: 'choices',
						title: 'Do you want only a group of tables? Leave all unchosen for everything.',
						flag: '--group',
						choices: groups.map(([name, tables]) => ({value: name, label: name, hint: tables.join(', ')})),
						initial: [],
					} as const,
				]
			: []),
	];
}

function sizeOf(stack: Stack, name: string): string | undefined {
	const facts = stack.databases.flatMap(one => one.server?.databases ?? []).find(one => one.name === name);
	return facts === undefined ? undefined : prettyBytes(facts.sizeBytes);
}
