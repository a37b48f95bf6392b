import type {CommandDefinition} from './command.js';

const rules = ['last', 'daily', 'weekly', 'monthly'] as const;

/** `lifeboat prune`. */
export const pruneCommand: CommandDefinition = {
	name: 'prune',
	summary: 'remove old backups by rules; the newest good one always stays',
	options: [
		{flags: '--keep-last <number>', description: 'keep the newest backups', integer: true},
		{flags: '--keep-daily <number>', description: 'keep the newest of each of the last days', integer: true},
		{flags: '--keep-weekly <number>', description: 'keep the newest of each of the last weeks', integer: true},
		{flags: '--keep-monthly <number>', description: 'keep the newest of each of the last months', integer: true},
		{flags: '-o, --output <folder>', description: 'look in this folder alone'},
	],
	examples: [
		['lifeboat prune --dry-run', 'show what would go, by the rules of the settings'],
		['lifeboat prune --keep-last 7 --keep-monthly 6 --yes', 'remove without questions'],
	],
	flow: async () => (await import('../flows/prune.js')).pruneFlow,
	answers: ({options}) =>
		Object.fromEntries(
			[
				...rules.map(rule => [rule, options[`keep${rule[0]?.toUpperCase()}${rule.slice(1)}`]] as const),
				['output', options['output']] as const,
			].filter(([, value]) => value !== undefined),
		),
};
