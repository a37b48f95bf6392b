import {homedir} from 'node:os';
import {join} from 'node:path';
import Conf from 'conf';
import * as z from 'zod';
import {AppError} from './errors.js';

const backupRecordSchema = z.object({
	file: z.string(),
	/** ISO time. */
	createdAt: z.string(),
	bytes: z.number(),
	durationMs: z.number(),
	encrypted: z.boolean().default(false),
	verified: z
		.object({at: z.string(), level: z.enum(['checksums', 'restored']), ok: z.boolean()})
		.nullable()
		.default(null),
});

const stackMemorySchema = z.object({
	project: z.string(),
	directory: z.string(),
	/** Answers that the user confirmed, by flow and question. */
	answers: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
	backups: z.array(backupRecordSchema).default([]),
	/** Named groups of tables for `backup --group`. */
	tableGroups: z.record(z.string(), z.array(z.string())).default({}),
	/** The address people use, once the user has said it. */
	publicUrl: z.string().nullable().default(null),
});

const preferencesSchema = z.object({
	/** Where backups go; null means `./backups` beside the compose file. */
	backupDirectory: z.string().nullable().default(null),
	verifyAfterBackup: z.boolean().default(false),
	/** How many backups `prune` keeps. */
	keep: z
		.object({
			last: z.number().int().nonnegative(),
			daily: z.number().int().nonnegative(),
			weekly: z.number().int().nonnegative(),
			monthly: z.number().int().nonnegative(),
		})
		.default({last: 3, daily: 7, weekly: 4, monthly: 12}),
});

export type BackupRecord = z.infer<typeof backupRecordSchema>;
export type StackMemory = z.infer<typeof stackMemorySchema>;
export type Preferences = z.infer<typeof preferencesSchema>;

/** What is remembered between sessions: paths, names and preferences, never secrets. */
export interface Settings {
	/** Path of the settings file. */
	readonly path: string;
	preferences(): Preferences;
	setPreferences(change: Partial<Preferences>): void;
	/** Memory of a stack, keyed by its directory and project name. */
	stack(project: string, directory: string): StackMemory;
	updateStack(project: string, directory: string, change: (memory: StackMemory) => StackMemory): void;
}

const fileSchema = z.object({
	preferences: preferencesSchema.prefault({}),
	stacks: z.record(z.string(), stackMemorySchema).default({}),
});

type SettingsFile = z.infer<typeof fileSchema>;

/**
 * Opens the settings in `folder` (file config.json, 0600), which is read at the first use. Throws AppError settings-invalid, which names the
 * file, when it cannot be parsed. What cannot be written (read-only home) is remembered for this run only: settings must never fail a backup.
 */
export function openSettings(folder: string): Settings {
	const path = join(folder, 'config.json');
	let store: Conf | undefined;
	let memory: SettingsFile | undefined;

	const read = (): SettingsFile => {
		if (memory) return memory;
		try {
			store ??= openStore(folder, path);
		} catch (error) {
			if (error instanceof AppError) throw error;
			memory = fileSchema.parse({});
			return memory;
		}

		const parsed = fileSchema.safeParse(store.store);
		if (parsed.success) return parsed.data;
		throw invalidSettings(path, z.prettifyError(parsed.error));
	};

	const write = (file: SettingsFile) => {
		try {
			store ??= openStore(folder, path);
			store.store = file;
		} catch (error) {
			if (error instanceof AppError) throw error;
			memory = file;
		}
	};

	const key = (project: string, directory: string) => `${directory}#${project}`;
	const readStack = (project: string, directory: string): StackMemory =>
		read().stacks[key(project, directory)] ?? stackMemorySchema.parse({project, directory});

	return {
		path,
		preferences: () => read().preferences,
		setPreferences(change) {
			const file = read();
			write({...file, preferences: {...file.preferences, ...change}});
		},
		stack: readStack,
		updateStack(project, directory, change) {
			const file = read();
			write({...file, stacks: {...file.stacks, [key(project, directory)]: change(readStack(project, directory))}});
		},
	};
}

/** LIFEBOAT_CONFIG_DIR, else the user's configuration folder (XDG base directories). */
export function settingsFolder(environment: Readonly<Record<string, string | undefined>>): string {
	return (
		environment['LIFEBOAT_CONFIG_DIR'] ||
		join(environment['XDG_CONFIG_HOME'] || join(environment['HOME'] || homedir(), '.config'), 'compose-lifeboat')
	);
}

function openStore(folder: string, path: string): Conf {
	try {
		return new Conf({cwd: folder, configFileMode: 0o600, accessPropertiesByDotNotation: false});
	} catch (error) {
		if (error instanceof SyntaxError) throw invalidSettings(path, error.message, error);
		throw error;
	}
}

function invalidSettings(path: string, detail: string, cause?: unknown): AppError {
	return new AppError('settings-invalid', `The settings cannot be read: ${path}`, {
		hint: 'Correct the file, or move it away to start with fresh settings',
		fix: ['mv', path, `${path}.bad`],
		details: [detail],
		cause,
	});
}
