import prettyBytes from 'pretty-bytes';
import {formatDuration} from '../../text-progress.js';
import type {Outcome} from '../flow.js';

/** What a finished backup is; what `--json` prints but for `notes`. */
export type BackupResult = {
	readonly file: string;
	readonly bytes: number;
	readonly durationMs: number;
	readonly encrypted: boolean;
	readonly databases: readonly {
		readonly service: string;
		readonly name: string;
		readonly tables: number;
		/** Null when rows were not counted (definitions only). */
		readonly rows: number | null;
	}[];
	readonly parts: readonly {readonly path: string; readonly bytes: number; readonly sha256: string}[];
	readonly copies: readonly {readonly to: string; readonly bytes: number; readonly verified: 'hash' | 'size'}[];
	/** `checksums`: read back. `restored`: restored into a throwaway server (--verify). */
	readonly verified: {
		readonly level: 'checksums' | 'restored';
		readonly ok: boolean;
		/** What was found wrong, or not proved. */
		readonly findings: readonly string[];
	};
	/** What the backup does not hold, in plain words. */
	readonly notes: readonly string[];
};

export function backupToJson(result: BackupResult): Readonly<Record<string, unknown>> {
	const {file, bytes, durationMs, encrypted, databases, parts, copies, verified, notes} = result;
	return {ok: verified.ok, file, bytes, durationMs, encrypted, databases, parts, copies, verified, notes};
}

export function describeBackup(result: BackupResult): Outcome {
	const files = result.parts.filter(part => part.path.startsWith('volumes/')).length;
	return {
		status: result.verified.ok ? 'success' : 'problems',
		title: result.verified.ok ? `Backed up to ${result.file}` : `Backed up to ${result.file}, but it does not verify`,
		facts: [
			['Size', prettyBytes(result.bytes)],
			['Took', formatDuration(result.durationMs)],
			[
				'Verified',
				result.verified.level === 'restored' ? 'restored into a throwaway server' : 'read back, every checksum equal',
			],
			['Encrypted', result.encrypted ? 'yes: keep the key apart from the file' : 'no'],
			...(files > 0 ? [['Volumes', String(files)] as const] : []),
			...result.copies.map(copy => ['Copy', `${copy.to} (${copy.verified} checked)`] as const),
		],
		table: {
			columns: ['Database', 'Server', 'Tables', 'Rows'],
			rows: result.databases.map(one => [
				one.name,
				one.service,
				String(one.tables),
				one.rows === null ? 'not counted' : String(one.rows),
			]),
		},
		notes: [...result.verified.findings, ...result.notes],
		next: [
			...(result.verified.level === 'restored'
				? []
				: [
						{
							text: 'See that it restores',
							command: ['lifeboat', 'verify', result.file],
							flow: {id: 'verify', given: {file: result.file}},
						},
					]),
			...(result.copies.length > 0
				? []
				: [{text: 'Copy the file to another machine: a backup beside the data burns with it'}]),
		],
	};
}
