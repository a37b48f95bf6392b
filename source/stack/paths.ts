import {isAbsolute, relative} from 'node:path';

/** Relative where a path lies below the directory, else as it is. */
export function shortenPath(directory: string, path: string): string {
	return isBelow(directory, path) ? relative(directory, path) : path;
}

/** True for what lies in a folder, not for the folder itself. */
export function isBelow(directory: string, path: string): boolean {
	const difference = relative(directory, path);
	return difference !== '' && !difference.startsWith('..') && !isAbsolute(difference);
}
