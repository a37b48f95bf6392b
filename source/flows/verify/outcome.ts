import type {Outcome} from '../flow.js';
import {tabulate} from '../restore/outcome.js';

/** What was found that must not be: each one makes the verification fail. */
export type VerifyFinding = {
	/** For scripts: rows-differ, table-missing, extension-differs, migrations-differ, damaged, unreadable-rows, not-verified … */
	readonly code: string;
	readonly database: string | null;
	readonly message: string;
	readonly hint?: string | undefined;
};

export type VerifiedDatabase = {
	readonly name: string;
	readonly tables: number | null;
	readonly rows: number | null;
	/** Null where the file does not say. */
	readonly expectedRows: number | null;
	readonly counts: readonly {readonly table: string; readonly expected: number | null; readonly rows: number | null}[];
};

export type VerifyResult = {
	readonly file: string;
	/** What was proved: every byte against its checksum, or a real restore. */
	readonly level: 'checksums' | 'restored';
	readonly databases: readonly VerifiedDatabase[];
	readonly findings: readonly VerifyFinding[];
	/** What was not proved, and why. */
	readonly notes: readonly string[];
	readonly durationMs: number;
};

export function isVerified(result: VerifyResult): boolean {
	return result.findings.length === 0;
}

/** The document of `verify --json` (product.md). */
export function verifyToJson(result: VerifyResult): Readonly<Record<string, unknown>> {
	return {
		ok: isVerified(result),
		level: result.level,
		file: result.file,
		databases: result.databases.map(({name, tables, rows, expectedRows}) => ({name, tables, rows, expectedRows})),
		findings: result.findings.map(({code, database, message, hint}) => ({code, database, message, hint: hint ?? null})),
		notes: result.notes,
		durationMs: result.durationMs,
	};
}

export function describeVerify(result: VerifyResult): Outcome {
	const ok = isVerified(result);
	return {
		status: ok ? 'success' : 'problems',
		title: titleOf(result, ok),
		facts: [
			[
				'Level',
				result.level === 'restored'
					? 'restored into a throwaway server'
					: 'checksums and structure only (the lesser level)',
			],
			...result.databases.map(
				database =>
					[
						database.name,
						[
							database.tables === null ? null : `${database.tables.toLocaleString('en')} tables`,
							database.rows === null ? null : `${database.rows.toLocaleString('en')} rows`,
						]
							.filter(text => text !== null)
							.join(', ') || 'whole',
					] as const,
			),
			['Took', `${(result.durationMs / 1000).toFixed(1)} s`],
		],
		...(result.databases.some(database => database.counts.length > 0)
			? {table: tabulate(result.databases, result.level === 'restored' ? 'Restored' : 'In the dump')}
			: {}),
		notes: [
			...result.findings.map(finding => `${finding.message}${finding.hint === undefined ? '' : `. ${finding.hint}`}`),
			...result.notes,
		],
		next: ok
			? result.level === 'restored'
				? []
				: [{text: 'Prove it by a restore where Docker runs', command: ['lifeboat', 'verify', result.file]}]
			: [{text: 'Do not rely on this file: make a new backup', command: ['lifeboat', 'backup', '--verify']}],
	};
}

function titleOf(result: VerifyResult, ok: boolean): string {
	const name = result.file.slice(result.file.lastIndexOf('/') + 1);
	if (ok) return result.level === 'restored' ? `${name} restores` : `${name} is whole`;
	return result.findings.some(finding => finding.code === 'not-verified')
		? `${name} could not be verified`
		: `${name} has problems`;
}
