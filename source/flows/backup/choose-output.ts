import {statSync} from 'node:fs';
import {basename, dirname, isAbsolute, join, resolve} from 'node:path';

/** Where the bundle goes: `name` is null when it is made from project and time. */
export type Output = {
	readonly directory: string;
	readonly name: string | null;
	/** Why there: for messages and to know whether the folder is ours to create. */
	readonly origin: '--output' | 'BACKUP_DIR' | 'settings' | 'default';
};

/**
 * `--output` (a file when its name ends in .zip or .zip.age, else a folder), then BACKUP_DIR, then the settings, then `backups` beside
 * the compose file. Relative paths of flags and environment count from `cwd`.
 */
export function chooseOutput(options: {
	readonly output: string | undefined;
	readonly environment: Readonly<Record<string, string | undefined>>;
	readonly preferred: string | null;
	readonly stackDirectory: string;
	readonly cwd: string;
}): Output {
	const {output, environment, preferred, stackDirectory, cwd} = options;
	if (output !== undefined) {
		const path = resolve(cwd, output);
		return isFileName(path)
			? {directory: dirname(path), name: basename(path), origin: '--output'}
			: {directory: path, name: null, origin: '--output'};
	}

	const variable = environment['BACKUP_DIR'];
	if (variable) return {directory: resolve(cwd, variable), name: null, origin: 'BACKUP_DIR'};
	if (preferred !== null) {
		const directory = isAbsolute(preferred) ? preferred : join(stackDirectory, preferred);
		return {directory, name: null, origin: 'settings'};
	}

	return {directory: join(stackDirectory, 'backups'), name: null, origin: 'default'};
}

function isFileName(path: string): boolean {
	return /\.zip(?:\.age)?$/i.test(path) && !statSync(path, {throwIfNoEntry: false})?.isDirectory();
}
