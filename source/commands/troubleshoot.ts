import type {CommandDefinition} from './command.js';

export const troubleshootCommand: CommandDefinition = {
	name: 'troubleshoot',
	alias: 'doctor',
	summary: 'name what is wrong, why, and what to do',
	options: [
		{flags: '--save <file>', description: 'write what was gathered, without secrets, as a support bundle'},
		{flags: '--evidence <file>', description: 'diagnose such a file, without Docker'},
	],
	examples: [
		['lifeboat troubleshoot', 'the stack of this folder; exit code 4 with findings'],
		['lifeboat troubleshoot --save case.json', 'for somebody who helps you'],
		['lifeboat troubleshoot --evidence case.json', 'read a support bundle on any machine'],
	],
	run: async () => (await import('./troubleshoot-run.js')).runTroubleshoot,
};
