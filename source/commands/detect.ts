import type {CommandDefinition} from './command.js';

export const detectCommand: CommandDefinition = {
	name: 'detect',
	summary: 'show what is deployed: servers, services, storage, warnings',
	examples: [
		['lifeboat detect', 'the stack of this folder, running or not'],
		['lifeboat detect --verbose', 'with the reason for every finding'],
		['lifeboat detect --json', 'for scripts'],
	],
	run: async () => (await import('./detect-run.js')).runDetect,
};
