import type {CommandDefinition} from './command.js';

/** `lifeboat list`. */
export const listCommand: CommandDefinition = {
	name: 'list',
	summary: 'list the backups of the stack',
	options: [{flags: '-o, --output <folder>', description: 'look in this folder alone'}],
	examples: [
		['lifeboat list', 'backups of the stack of this folder, newest first'],
		['lifeboat list --json', 'the same for programs'],
	],
	run: async () => (await import('./list-run.js')).runList,
};
