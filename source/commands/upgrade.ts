import type {CommandDefinition} from './command.js';

/** Options that answer a flow's questions under their own name. */
const given = [
	...['to', 'migrations', 'verify', 'keepWriting', 'addVariables', 'healthTimeout', 'force', 'output'],
	...['postgres', 'service', 'image', 'override', 'jobs'],
];

export const upgradeCommand: CommandDefinition = {
	name: 'upgrade',
	summary: 'bring code, images and data to the next release, or PostgreSQL to a newer major, with a way back',
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
		{
			flags: '--postgres <major>',
			description: 'move the data to this major version of PostgreSQL instead',
			integer: true,
		},
		{flags: '--service <name>', description: 'with --postgres: which server, where there are several'},
		{flags: '--image <reference>', description: 'with --postgres: the image to move to'},
		{flags: '--override', description: 'with --postgres: write an override file, leave the compose file alone'},
		{flags: '-j, --jobs <number>', description: 'with --postgres: tables that are restored at once', integer: true},
	],
	examples: [
		['lifeboat upgrade --dry-run', 'what would happen'],
		['lifeboat upgrade --yes', 'without questions, for scripts'],
		['lifeboat upgrade --to v2.3.0', 'to a certain release'],
		['lifeboat upgrade --migrations up', 'run the migrations alone'],
		['lifeboat upgrade --postgres 18', 'the database to PostgreSQL 18, on a new volume'],
	],
	flow: async ({options}) => {
		const {upgradeChoiceFlow} = await import('../flows/upgrade-choice.js');
		const {postgres} = options;
		return postgres === undefined
			? upgradeChoiceFlow
			: {...upgradeChoiceFlow, command: ['upgrade', '--postgres', String(postgres)]};
	},
	answers: ({options}) =>
		Object.fromEntries(given.flatMap(name => (options[name] === undefined ? [] : [[name, options[name]]]))),
};
