import type {CommandDefinition} from './command.js';

export const troubleshootCommand: CommandDefinition = {
	name: 'troubleshoot',
	alias: 'doctor',
	summary: 'name what is wrong, why, and what to do',
	options: [{flags: '--evidence <file>', description: 'diagnose a saved evidence file, without Docker'}],
	examples: [
		['lifeboat troubleshoot --evidence case.json', 'read a support bundle on any machine'],
		['lifeboat troubleshoot --evidence case.json --json', 'the same for a script; exit code 4 with findings'],
	],
	run: async () => (await import('./troubleshoot-run.js')).runTroubleshoot,
};
