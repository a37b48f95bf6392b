import {writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {Evidence} from '../../diagnosis/evidence.js';
import {redactEvidence} from '../../diagnosis/redact-evidence.js';
import {AppError} from '../../errors.js';
import {findOwnHosts} from './known-secrets.js';

export type SaveOptions = {
	/** Absolute, or relative to `cwd`. */
	readonly file: string;
	readonly cwd: string;
	/** Values that must not appear beyond those that the evidence itself shows. */
	readonly secrets: readonly string[];
	/** Names of this machine and of its public addresses are taken out too. */
	readonly hideHosts: boolean;
};

/**
 * Writes the support bundle: the evidence without secrets. Readable by the owner alone all the same: names of hosts and services are nobody else's
 * business. Resolves with the absolute path; throws AppError output-unwritable.
 */
export async function saveEvidence(evidence: Evidence, {file, cwd, secrets, hideHosts}: SaveOptions): Promise<string> {
	const path = resolve(cwd, file);
	const clean = redactEvidence(evidence, secrets, {hosts: hideHosts ? findOwnHosts(evidence) : []});
	try {
		await writeFile(path, `${JSON.stringify(clean, null, '\t')}\n`, {mode: 0o600});
	} catch (cause) {
		throw new AppError('output-unwritable', `The support bundle cannot be written to ${path}`, {
			hint: 'Choose another place with --save',
			cause,
		});
	}

	return path;
}
