import type {CommandDefinition} from './command.js';

/** `lifeboat backup`. */
export const backupCommand: CommandDefinition = {
	name: 'backup',
	summary: 'back up databases, roles, configuration and volumes into one file',
	options: [
		{flags: '--service <name>', description: 'database service to dump (repeatable; default: all)', repeatable: true},
		{flags: '--database <name>', description: 'database to dump (repeatable; default: all)', repeatable: true},
		{
			flags: '--format <format>',
			description: 'format of the dumps (default: custom)',
			choices: ['custom', 'plain', 'directory'],
		},
		{flags: '--schema-only', description: 'dump definitions without rows'},
		{
			flags: '--table <pattern>',
			description: 'dump this table only (repeatable, as pg_dump --table)',
			repeatable: true,
		},
		{flags: '--group <name>', description: 'dump a group of tables from the settings (repeatable)', repeatable: true},
		{flags: '--no-owner', description: 'leave out who owns what'},
		{flags: '--no-acl', description: 'leave out grants'},
		{flags: '--no-role-passwords', description: 'leave out the password verifiers of roles'},
		{flags: '--volumes', description: 'include volumes and folders of any size'},
		{flags: '--no-volumes', description: 'leave out volumes and folders'},
		{flags: '-o, --output <path>', description: 'file (.zip) or folder (default: BACKUP_DIR, else ./backups)'},
		{flags: '--encrypt', description: 'encrypt with the passphrase in LIFEBOAT_PASSPHRASE (age)'},
		{flags: '--passphrase-file <file>', description: 'encrypt with the passphrase in this file'},
		{flags: '--recipient <key>', description: 'encrypt to an age public key (repeatable)', repeatable: true},
		{flags: '--verify', description: 'restore the backup into a throwaway server and count its rows'},
		{flags: '--no-verify', description: 'only read the file back, whatever the settings say'},
		{flags: '--lock-timeout <seconds>', description: 'longest wait for a locked table (default: 60)', integer: true},
		{
			flags: '--copy-to <remote>',
			description: 'copy the file with rclone, for example b2:bucket/folder (repeatable)',
			repeatable: true,
		},
	],
	examples: [
		['lifeboat backup', 'everything, into ./backups'],
		['lifeboat backup --json --quiet', 'for cron: one JSON document'],
		['lifeboat backup --table users --table accounts', 'some tables only'],
		['lifeboat backup --recipient age1… --copy-to b2:bucket', 'encrypted, and a copy elsewhere'],
	],
	flow: async () => (await import('../flows/backup.js')).backupFlow,
	answers: ({options}) =>
		Object.fromEntries(
			Object.entries({
				services: options['service'],
				databases: options['database'],
				format: options['format'],
				schemaOnly: options['schemaOnly'],
				tables: options['table'],
				groups: options['group'],
				owner: options['owner'],
				acl: options['acl'],
				rolePasswords: options['rolePasswords'],
				volumes: options['volumes'],
				output: options['output'],
				encrypt: options['encrypt'],
				passphraseFile: options['passphraseFile'],
				recipients: options['recipient'],
				verify: options['verify'],
				lockTimeoutSeconds: options['lockTimeout'],
				copyTo: options['copyTo'],
			}).filter(([, value]) => value !== undefined),
		),
};
