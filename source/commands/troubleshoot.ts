import type {CommandDefinition} from './command.js';

export const troubleshootCommand: CommandDefinition = {
	name: 'troubleshoot',
	alias: 'doctor',
	summary: 'name what is wrong, why, and what to do',
	options: [
		{flags: '--save <file>', description: 'write what was gathered, without secrets, as a support bundle'},
		{flags: '--hide-hosts', description: 'leave the names of your hosts out of it as well'},
		{flags: '--public-url <url>', description: 'the address that people type; remembered for this stack'},
		{flags: '--evidence <file>', description: 'diagnose such a file, without Docker'},
		{flags: '--fix <id>', description: 'carry out a fix that a finding offers, and prove that it holds; else undo it'},
		{flags: '--value <text>', description: 'what the fix asks for: an address, a port'},
		{flags: '--override', description: 'write changes of the compose file into its override file'},
		{flags: '--no-override', description: 'write them into the compose file itself'},
		{
			flags: '--health-timeout <seconds>',
			description: 'how long the application may take to be healthy',
			integer: true,
		},
	],
	examples: [
		['lifeboat troubleshoot', 'the stack of this folder; exit code 4 with findings'],
		['lifeboat troubleshoot --save case.json', 'for somebody who helps you'],
		['lifeboat troubleshoot --public-url https://clerq.example.com', 'sign-in loops: compare with the settings'],
		['lifeboat troubleshoot --evidence case.json', 'read a support bundle on any machine'],
		['lifeboat troubleshoot --fix start-database --dry-run', 'what a fix would do'],
		['lifeboat troubleshoot --fix start-database --yes', 'do it'],
	],
	run: async () => (await import('./troubleshoot-run.js')).runTroubleshoot,
};
