import type {CommandDefinition} from './command.js';

export const verifyCommand: CommandDefinition = {
	name: 'verify',
	summary: 'prove that a backup restores, in a throwaway server',
	arguments: [{syntax: '<file>', description: 'backup of Lifeboat, or a dump'}],
	options: [
		{flags: '--checksums', description: 'checksums, structure and decoding only (the lesser level)'},
		{flags: '--image <image>', description: 'image of the throwaway server (else the one of the backup)'},
		{flags: '--jobs <number>', description: 'tables that are restored at the same time', integer: true},
		{flags: '--passphrase-file <file>', description: 'file with the passphrase (else LIFEBOAT_PASSPHRASE)'},
		{flags: '--identity <file>', description: 'age identity file (repeatable)', repeatable: true},
	],
	examples: [
		['lifeboat verify backups/clerq-20260614T020000Z.zip', 'restore it into a throwaway server and compare'],
		['lifeboat verify nightly.sql.gz --image postgres:17', 'a dump of another tool'],
		['lifeboat verify app.zip --checksums --json', 'without Docker'],
	],
	run: async () => (await import('./verify-run.js')).runVerifyCommand,
};
