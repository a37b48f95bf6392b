import type {CommandDefinition} from './command.js';

export const logsCommand: CommandDefinition = {
	name: 'logs',
	summary: 'show the logs of several services, interleaved by time',
	arguments: [{syntax: '[service...]', description: 'services to read; all without it'}],
	options: [
		{flags: '--follow', description: 'go on with new lines, through restarts'},
		{flags: '-n, --tail <lines>', description: 'lines of each container to begin with (default 200)', integer: true},
		{flags: '--since <time>', description: 'only lines after this: a time (2026-06-14T02:00:00Z) or an age (10m, 2h)'},
		{
			flags: '--level <level>',
			description: 'only lines this grave or graver',
			choices: ['error', 'warning', 'info', 'debug'],
		},
		{flags: '--grep <text>', description: 'only lines with this text'},
	],
	examples: [
		['lifeboat logs', 'the last lines of every service'],
		['lifeboat logs app db --follow --level warning', 'live, what is wrong'],
	],
	run: async () => (await import('./logs-run.js')).runLogs,
};
