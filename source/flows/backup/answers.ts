import * as z from 'zod';

const list = z.array(z.string().min(1)).default([]);

/** What a backup can be told; every key has a default but those whose absence means "decide from what is there". */
export const backupAnswersSchema = z
	.object({
		/** Services (or hosts of external databases) whose server is dumped; empty for all of the stack. */
		services: list,
		/** Databases by name; empty for all. */
		databases: list,
		format: z.enum(['custom', 'plain', 'directory']).default('custom'),
		/** Tables dumped at the same time; more than one means the directory format. */
		jobs: z.number().int().min(1).max(32).default(1),
		schemaOnly: z.boolean().default(false),
		/** Patterns as pg_dump --table takes them. */
		tables: list,
		/** Names of groups of tables from the settings. */
		groups: list,
		/** False leaves ownership out (pg_dump --no-owner). */
		owner: z.boolean().default(true),
		/** False leaves grants out (pg_dump --no-acl). */
		acl: z.boolean().default(true),
		/** File or folder. */
		output: z.string().min(1).optional(),
		rolePasswords: z.boolean().default(true),
		/** Undefined: when they are of a reasonable size. */
		volumes: z.boolean().optional(),
		encrypt: z.boolean().default(false),
		passphraseFile: z.string().min(1).optional(),
		/** age public keys. */
		recipients: list,
		verify: z.boolean().optional(),
		/** Longest wait for a table that another session locks. */
		lockTimeoutSeconds: z.number().int().min(1).max(86_400).default(60),
		/** rclone destinations, for example `b2:bucket/folder`. */
		copyTo: list,
	})
	.superRefine((answers, context) => {
		const refuse = (path: string, message: string) => context.addIssue({code: 'custom', path: [path], message});
		if (answers.recipients.length > 0 && answers.passphraseFile !== undefined)
			refuse('recipients', 'use either --recipient or --passphrase-file, not both');
		if (answers.jobs > 1 && answers.format === 'plain')
			refuse('jobs', 'plain SQL is written by one process: leave out --jobs or --format plain');
		for (const recipient of answers.recipients)
			if (!/^age1[a-z0-9]{20,}$/.test(recipient)) refuse('recipients', `${recipient} is not an age public key (age1…)`);
	});

export type BackupAnswers = z.infer<typeof backupAnswersSchema>;
