import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {EncryptionKeys} from '../../bundle/age.js';
import {toReadError} from '../../bundle/file-errors.js';
import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import type {PlannedEncryption} from './plan.js';

/** Variable that holds the passphrase of encrypted bundles. */
export const passphraseVariable = 'LIFEBOAT_PASSPHRASE';
const shortestPassphrase = 8;

/**
 * The key that a plan names, read when the run begins; undefined when the bundle is not encrypted.
 * Throws AppError usage for a passphrase that is missing or shorter than 8 characters, file-not-found for a file that is not there.
 */
export async function readEncryptionKeys(
	encryption: PlannedEncryption,
	services: Pick<Services, 'environment' | 'cwd'>,
): Promise<EncryptionKeys | undefined> {
	if (encryption.kind === 'none') return undefined;
	if (encryption.kind === 'recipients') return {recipients: encryption.recipients};
	const passphrase =
		encryption.file === null
			? (services.environment[passphraseVariable] ?? '')
			: await readFirstLine(resolve(services.cwd, encryption.file));
	if (passphrase.length >= shortestPassphrase) return {passphrase};
	const where = encryption.file === null ? passphraseVariable : encryption.file;
	throw new AppError('usage', `The passphrase in ${where} is ${passphrase === '' ? 'empty' : 'too short'}`, {
		hint: `Use at least ${shortestPassphrase} characters; several random words are good`,
	});
}

async function readFirstLine(path: string): Promise<string> {
	try {
		return (await readFile(path, 'utf8')).split(/\r?\n/)[0] ?? '';
	} catch (error) {
		throw toReadError(error, path);
	}
}
