import {createHmac, randomBytes} from 'node:crypto';
import type {Manifest} from './manifest.js';

const algorithm = 'hmac-sha256';
/** 80 bits: enough to tell two secrets apart, too few to say more about a weak one than a full hash would. */
const length = 20;

/** Salted hashes of secrets by name: they tell later whether a key is still the same, and nothing else. */
export function fingerprintSecrets(
	secrets: Readonly<Record<string, string>>,
	salt = randomBytes(16).toString('hex'),
): Manifest['fingerprints'] {
	const entries = Object.entries(secrets).map(([name, value]) => [name, fingerprint(value, salt)] as const);
	return {algorithm, salt, entries: Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))};
}

export type SecretChange = {readonly name: string; readonly state: 'same' | 'changed' | 'missing'};

/** Compares the secrets of a stack with those of a backup. Names that the backup does not know are left out; an unknown algorithm compares nothing. */
export function compareSecrets(
	fingerprints: Manifest['fingerprints'],
	secrets: Readonly<Record<string, string>>,
): readonly SecretChange[] {
	if (fingerprints.algorithm !== algorithm) return [];
	return Object.entries(fingerprints.entries).map(([name, expected]) => {
		const value = secrets[name];
		if (value === undefined) return {name, state: 'missing'};
		return {name, state: fingerprint(value, fingerprints.salt) === expected ? 'same' : 'changed'};
	});
}

function fingerprint(value: string, salt: string): string {
	return createHmac('sha256', salt).update(value).digest('hex').slice(0, length);
}
