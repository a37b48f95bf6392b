import {readdir, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {errnoOf, toReadError} from '../bundle/file-errors.js';
import {encodeSegment, parseBundleName} from '../bundle/names.js';
import {openBundle} from '../bundle/read.js';
import {isAppError} from '../errors.js';
import type {Services} from '../services.js';
import type {BackupRecord} from '../settings.js';
import type {Stack} from '../stack/stack.js';
import {chooseOutput} from './backup/choose-output.js';

/** A backup of a stack, as far as a look at its directory and manifest tells; `verify` reads the rest. */
export type BackupEntry = {
	readonly file: string;
	/** Null when the file is gone. */
	readonly bytes: number | null;
	/** ISO time, UTC. */
	readonly createdAt: string;
	readonly project: string;
	/** `encrypted`: not looked into. `missing`: remembered, but not there. */
	readonly state: 'complete' | 'encrypted' | 'damaged' | 'missing';
	/** What is wrong with a damaged one. */
	readonly problem: string | null;
	/** Null when it cannot be looked into. */
	readonly databases: readonly string[] | null;
	readonly verified: BackupRecord['verified'];
};

/** Backups of a stack in the folder where they go and wherever earlier ones went, newest first. `folder` looks there alone. */
export async function listBackups(
	stack: Pick<Stack, 'project' | 'directory'>,
	services: Pick<Services, 'settings' | 'environment' | 'cwd'>,
	folder?: string | undefined,
): Promise<readonly BackupEntry[]> {
	const {backups: records} = services.settings.stack(stack.project, stack.directory);
	const {directory} = chooseOutput({
		output: folder,
		environment: services.environment,
		preferred: services.settings.preferences().backupDirectory,
		stackDirectory: stack.directory,
		cwd: services.cwd,
	});
	const remembered = folder === undefined ? records : records.filter(one => dirname(one.file) === directory);
	const folders = new Set([directory, ...remembered.map(one => dirname(one.file))]);
	const found = (await Promise.all([...folders].map(path => findBundles(path, stack.project)))).flat();
	const files = [...new Set([...found, ...remembered.map(one => one.file)])];
	const byFile = new Map(records.map(one => [one.file, one]));
	const entries: BackupEntry[] = [];
	for (const file of files) {
		const entry = await describeFile(file, stack.project, byFile.get(file));
		if (entry !== undefined) entries.push(entry);
	}

	return entries.sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
}

async function findBundles(folder: string, project: string): Promise<readonly string[]> {
	try {
		const names = await readdir(folder);
		return names
			.filter(name => parseBundleName(name)?.project === encodeSegment(project))
			.map(name => join(folder, name));
	} catch (error) {
		if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return [];
		throw toReadError(error, folder);
	}
}

async function describeFile(
	file: string,
	project: string,
	record: BackupRecord | undefined,
): Promise<BackupEntry | undefined> {
	const named = parseBundleName(file.slice(dirname(file).length + 1));
	const details = await stat(file).catch(() => undefined);
	const base = {
		file,
		bytes: details?.size ?? null,
		createdAt: record?.createdAt ?? new Date(named?.time ?? details?.mtimeMs ?? 0).toISOString(),
		project,
		problem: null,
		databases: null,
		verified: record?.verified ?? null,
	};
	if (details === undefined) return {...base, state: 'missing'};
	try {
		const bundle = await openBundle(file);
		const {manifest} = bundle;
		await bundle.close();
		if (manifest.project !== project) return undefined;
		return {
			...base,
			state: 'complete',
			createdAt: manifest.createdAt,
			databases: manifest.servers.flatMap(server => server.databases.map(database => database.name)),
		};
	} catch (error) {
		if (isAppError(error, 'bundle-encrypted')) return {...base, state: 'encrypted'};
		if (isAppError(error)) return {...base, state: 'damaged', problem: error.message};
		throw error;
	}
}
