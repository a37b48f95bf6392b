import type {CommandDefinition} from './command.js';

export const upgradeCommand: CommandDefinition = {
	name: 'upgrade',
	summary: 'bring code, images and data to the next release, with a way back',
	options: [
		{flags: '--to <release>', description: 'tag, branch or commit; without it the newest of the branch'},
		{flags: '--verify', description: 'verify the backup by restoring it before anything changes'},
		{
			flags: '--keep-writing',
			description: 'let the application write during the migrations; a rollback loses what it wrote',
		},
		{flags: '--add-variables', description: 'write the variables that the release brings into the env file'},
		{
			flags: '--migrations <direction>',
			description: 'no release, the migrations alone: up runs them again, down takes the newest one back',
		},
		{flags: '--health-timeout <seconds>', description: 'how long to wait for a healthy application', integer: true},
		{flags: '--force', description: 'build and start again although nothing is new'},
		{flags: '--output <place>', description: 'file or folder for the backup'},
	],
	examples: [
		['lifeboat upgrade --dry-run', 'what would happen'],
		['lifeboat upgrade --yes', 'without questions, for scripts'],
		['lifeboat upgrade --to v2.3.0', 'to a certain release'],
		['lifeboat upgrade --migrations up', 'run the migrations alone'],
	],
	flow: async () => (await import('../flows/upgrade.js')).upgradeFlow,
	answers: ({options}) =>
		Object.fromEntries(
			['to', 'migrations', 'verify', 'keepWriting', 'addVariables', 'healthTimeout', 'force', 'output'].flatMap(name =>
				options[name] === undefined ? [] : [[name, options[name]]],
			),
		),
};
