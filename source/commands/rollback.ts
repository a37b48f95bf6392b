import type {CommandDefinition} from './command.js';

export const rollbackCommand: CommandDefinition = {
	name: 'rollback',
	summary: 'take back the last restore or upgrade, or put right what a killed run left',
	options: [{flags: '--drop', description: 'end the way back: drop what was kept for it, and free its space'}],
	examples: [
		['lifeboat rollback', 'show what would be taken back, and ask'],
		['lifeboat rollback --yes --json', 'without questions'],
		['lifeboat rollback --drop --yes', 'all is well: drop the former database'],
	],
	flow: async () => (await import('../flows/rollback.js')).rollbackFlow,
	answers: ({options}) => (options['drop'] === true ? {drop: true} : {}),
};
