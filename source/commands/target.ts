import {resolve} from 'node:path';
import type {ComposeTarget} from '../engine/types.js';
import type {GlobalOptions} from './command.js';

/** The stack that the global flags name; files and folders are made absolute, as Compose reads them from the current folder. */
export function targetOf(globals: GlobalOptions, cwd: string): ComposeTarget {
	return {
		files: globals.file.map(file => (file === '-' ? file : resolve(cwd, file))),
		projectName: globals.projectName,
		projectDirectory: globals.projectDirectory === undefined ? undefined : resolve(cwd, globals.projectDirectory),
		profiles: globals.profile,
		envFiles: globals.envFile.map(file => resolve(cwd, file)),
		cwd,
	};
}
