import type {CommandDefinition} from './command.js';

/** Only what was given: an absent answer is left to the flow. */
const given = (answers: Readonly<Record<string, unknown>>) =>
	Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== undefined));

export const restoreCommand: CommandDefinition = {
	name: 'restore',
	summary: 'restore a backup or a dump: beside the live database, checked, then switched in seconds',
	arguments: [
		{syntax: '[file]', description: 'backup of Lifeboat, or a dump: .sql, .gz, .zst, .dump, .tar, a folder, a zip'},
	],
	options: [
		{flags: '--in-place', description: 'replace the data in place, where the disk has no room for two copies'},
		{flags: '--to-database <name>', description: 'restore into a new database and touch nothing else'},
		{flags: '--service <name>', description: 'service of the server to restore into'},
		{
			flags: '--only <database>',
			description: 'restore this database of the backup only (repeatable)',
			repeatable: true,
		},
		{flags: '--as <database>', description: 'name of the database to restore as, for a dump of one database'},
		{flags: '--no-owner', description: 'give everything to the owner of the database instead of creating roles'},
		{flags: '--config', description: 'write the compose files and env files of the backup where they differ'},
		{flags: '--no-config', description: 'leave the compose files and env files as they are'},
		{flags: '--volumes', description: 'bring back the volumes and folders of the backup too'},
		{flags: '--no-volumes', description: 'leave volumes and folders as they are'},
		{flags: '--flush-cache', description: 'empty the caches (Redis, Valkey) of the stack'},
		{flags: '--clear-sessions', description: 'delete the rows of tables of sessions: everybody signs in again'},
		{
			flags: '--trust-commands',
			description: 'run a dump although it holds commands of psql or code that reach outside of SQL',
		},
		{flags: '--force', description: 'try although it is expected to fail in parts'},
		{flags: '--jobs <number>', description: 'tables that are restored at the same time', integer: true},
		{flags: '--health-timeout <seconds>', description: 'how long to wait for a healthy application', integer: true},
		{flags: '--passphrase-file <file>', description: 'file with the passphrase (else LIFEBOAT_PASSPHRASE)'},
		{flags: '--identity <file>', description: 'age identity file (repeatable)', repeatable: true},
	],
	examples: [
		['lifeboat restore backups/clerq-20260614T020000Z.zip', 'show the plan, ask, restore'],
		['lifeboat restore /media/clerq-20260614T020000Z.zip', 'in an empty folder of a new machine: sets up the stack'],
		['lifeboat restore nightly.sql.gz --yes --json', 'restore a dump without questions'],
		['lifeboat restore app.dump --to-database look', 'a copy to look at'],
		['lifeboat restore app.zip --in-place --yes', 'where the disk has no room for two copies'],
	],
	flow: async () => (await import('../flows/restore.js')).restoreFlow,
	setsUp: true,
	answers: ({arguments: [file], options}) =>
		given({
			file,
			mode: options['toDatabase'] !== undefined ? 'to-database' : options['inPlace'] === true ? 'in-place' : undefined,
			toDatabase: options['toDatabase'],
			service: options['service'],
			databases: options['only'],
			database: options['as'],
			owners: options['owner'] === false ? 'map' : undefined,
			config: options['config'],
			volumes: options['volumes'],
			flushCache: options['flushCache'],
			clearSessions: options['clearSessions'],
			trustCommands: options['trustCommands'],
			force: options['force'],
			jobs: options['jobs'],
			healthTimeout: options['healthTimeout'],
			passphraseFile: options['passphraseFile'],
			identities: options['identity'],
		}),
};
