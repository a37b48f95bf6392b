import type {ManifestServer} from './manifest.js';
import {shellLine} from './shell-text.js';

export function command(server: ManifestServer, program: string, ...args: readonly string[]): string {
	if (server.external === null)
		return shellLine('docker', 'compose', 'exec', '-T', server.service, program, '-U', server.user, ...args);
	const {host, port} = server.external;
	return shellLine(program, '-h', host, '-p', String(port), '-U', server.user, ...args);
}

export function sqlCommand(server: ManifestServer, database: string, statements: readonly string[]): readonly string[] {
	return [
		`${command(server, 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', database)} <<'SQL'`,
		...statements.map(statement => `${statement};`),
		'SQL',
	];
}

/** Lines, or lists of them: a directory format has thousands of parts, too many for arguments of their own. */
type Lines = readonly (string | readonly string[])[];

export function fence(...commands: Lines): string {
	return lines('```sh', ...commands, '```');
}

export function lines(...all: Lines): string {
	return all.flat().join('\n');
}
