import * as z from 'zod';
import {settleFile} from './ask-file.js';

/** How a restore is carried out; `fresh` is not asked for, it follows from a stack that is down or has no data. */
export const restoreModes = ['switch', 'in-place', 'to-database'] as const;

const schema = z
	.object({
		/** The backup: a bundle, a dump or a folder, as given. */
		file: z.string().min(1),
		mode: z.enum(restoreModes).default('switch'),
		/** With mode `to-database`: the new database's name. */
		toDatabase: z.string().min(1).max(63).optional(),
		/** Service whose server is restored into; needed where a dump does not say and the stack has several. */
		service: z.string().min(1).optional(),
		/** Databases of the backup; empty for all. */
		databases: z.array(z.string().min(1)).default([]),
		/** Database that a foreign dump is restored as; absent for the one that the application uses. */
		database: z.string().min(1).optional(),
		/** `keep` creates the roles that are missing, `map` gives everything to the owner of the database (`--no-owner`). */
		owners: z.enum(['keep', 'map']).default('keep'),
		/** Write the compose files and env files of the backup where they differ from those here. Absent: as the review proposes. */
		config: z.boolean().optional(),
		/** Bring back the volumes and folders of the backup. Absent: as the review proposes. */
		volumes: z.boolean().optional(),
		/** Empty the caches (Redis, Valkey) of the stack after the restore. */
		flushCache: z.boolean().default(false),
		/** Delete the rows of tables that hold sessions, so that everybody signs in again. */
		clearSessions: z.boolean().default(false),
		/** Run plain SQL although it contains commands of psql that reach outside of the database. */
		trustCommands: z.boolean().default(false),
		/** Restore although it is expected to fail in parts (an older server, extensions of another version). */
		force: z.boolean().default(false),
		jobs: z.number().int().min(1).max(64).optional(),
		passphraseFile: z.string().min(1).optional(),
		/** age identity files. */
		identities: z.array(z.string().min(1)).default([]),
		/** Seconds to wait for a healthy application. */
		healthTimeout: z.number().int().min(1).max(86_400).default(120),
	})
	.superRefine((answers, context) => {
		const refuse = (path: string, message: string) => context.addIssue({code: 'custom', path: [path], message});
		if (answers.mode === 'to-database' && answers.toDatabase === undefined)
			refuse('toDatabase', 'name the new database with --to-database NAME');
		if (answers.mode !== 'to-database' && answers.toDatabase !== undefined)
			refuse('toDatabase', '--to-database cannot be combined with --in-place');
		if (answers.toDatabase !== undefined && answers.databases.length > 1)
			refuse('databases', '--to-database takes one database: choose it with a single --only');
	});

/** What a restore can be told. */
export const restoreAnswersSchema = z.preprocess(settleFile, schema);
export type RestoreAnswers = z.infer<typeof restoreAnswersSchema>;
export type RestoreMode = (typeof restoreModes)[number];
