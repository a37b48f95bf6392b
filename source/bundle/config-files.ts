import {isAbsolute, join, relative, resolve, sep} from 'node:path';

const folder = 'config';
/** Below it stand files from outside of the stack's directory, under their absolute path. */
const outside = 'outside-of-directory';

/**
 * Path in a bundle of a file that configures the stack: its path below the stack's directory stays;
 * others get their absolute path under `config/outside-of-directory/`.
 */
export function nameConfigPart(file: string, directory: string): string {
	const path = resolve(directory, file);
	const inside = relative(directory, path);
	if (inside !== '' && !inside.startsWith('..') && !isAbsolute(inside)) return `${folder}/${toSlashes(inside)}`;
	return `${folder}/${outside}/${toSlashes(path).replace(/^\/+|:/g, '')}`;
}

/** Where a config part of a bundle belongs for a stack in `directory`; undefined for other parts. */
export function locateConfigPart(part: string, directory: string): string | undefined {
	if (!part.startsWith(`${folder}/`)) return undefined;
	const path = part.slice(folder.length + 1);
	if (path.split('/').includes('..')) return undefined;
	return path.startsWith(`${outside}/`) ? path.slice(outside.length) : join(directory, path);
}

function toSlashes(path: string): string {
	return path.split(sep).join('/');
}
