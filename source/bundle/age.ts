import {createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt} from 'node:crypto';
import {promisify} from 'node:util';
import type {Decrypter, Encrypter, Identity, Recipient} from 'age-encryption';
import {AppError} from '../errors.js';

/** How a bundle is encrypted: with a passphrase, or to age recipients (`age1…`). */
export type EncryptionKeys = {readonly passphrase: string} | {readonly recipients: readonly string[]};

/** What may open an encrypted bundle: a passphrase and age identities (`AGE-SECRET-KEY-1…`). */
export type DecryptionKeys = {
	readonly passphrase?: string | undefined;
	readonly identities?: readonly string[] | undefined;
};

/** Loaded where a file is encrypted: its curves take longer to load than a small backup takes. */
const loadLibrary = () => import('age-encryption');

/** Plain bytes in a chunk of an age file (age-encryption.org/v1, "Payload"). */
export const ageChunkBytes = 64 * 1024;
export const ageTagBytes = 16;
const nonceBytes = 16;
/** OWASP's floor for scrypt: 128 MB of memory and about half a second, once for each file. */
const workFactor = 17;
const highestWorkFactor = 20;
const cipher = 'chacha20-poly1305';

/** Encrypts the chunks of one age file. The library makes the header; the payload goes through Node's own cipher, which is ten times as fast and keeps back-pressure. */
export type AgeSealer = {
	/** Header and nonce: the first bytes of the file. */
	readonly head: Buffer;
	/** Encrypts the next chunk: `ageChunkBytes`, or fewer for the last one. */
	seal(chunk: Uint8Array, isLast: boolean): Buffer;
};

/** Makes the key of a new file. Throws AppError usage for a recipient that is none. */
export async function sealAge(keys: EncryptionKeys): Promise<AgeSealer> {
	const {Encrypter} = await loadLibrary();
	let fileKey: Uint8Array = Buffer.alloc(0);
	const encrypter = new Encrypter();
	for (const recipient of recipientsOf(keys)) addRecipient(encrypter, recipient);
	encrypter.addRecipient({
		wrapFileKey(key) {
			fileKey = key.slice();
			return [];
		},
	});
	const empty = Buffer.from(await encrypter.encrypt(new Uint8Array()));
	const header = empty.subarray(0, empty.length - nonceBytes - ageTagBytes);
	const nonce = randomBytes(nonceBytes);
	const key = payloadKey(fileKey, nonce);
	let index = 0;
	return {
		head: Buffer.concat([header, nonce]),
		seal(chunk, isLast) {
			const encryption = createCipheriv(cipher, key, chunkNonce(index++, isLast), {authTagLength: ageTagBytes});
			return Buffer.concat([encryption.update(chunk), encryption.final(), encryption.getAuthTag()]);
		},
	};
}

export type AgeOpener = {
	/** Position of the first chunk in the file. */
	readonly payloadStart: number;
	/** Decrypts chunk number `index`; throws when it was altered. */
	open(sealed: Uint8Array, index: number, isLast: boolean): Buffer;
};

/**
 * Reads the header of an age file; `head` are its first bytes (at least the whole header and the nonce).
 * Throws AppError bundle-encrypted when no key fits, bundle-damaged when the header is altered.
 */
export async function openAge(head: Buffer, keys: DecryptionKeys, path: string): Promise<AgeOpener> {
	const headerEnd = findHeaderEnd(head);
	if (headerEnd === undefined || head.length < headerEnd + nonceBytes) {
		throw new AppError('bundle-damaged', `${path} is encrypted, but its header is cut short or altered`, {
			hint: 'Use another backup or another copy of this one',
		});
	}

	const {Decrypter} = await loadLibrary();
	const decrypter = new Decrypter();
	if (keys.passphrase !== undefined) decrypter.addIdentity(scryptIdentity(keys.passphrase));
	for (const identity of keys.identities ?? []) addIdentity(decrypter, identity);
	const fileKey = await unwrap(decrypter, head.subarray(0, headerEnd), path);
	const key = payloadKey(fileKey, head.subarray(headerEnd, headerEnd + nonceBytes));
	return {
		payloadStart: headerEnd + nonceBytes,
		open(sealed, index, isLast) {
			const decryption = createDecipheriv(cipher, key, chunkNonce(index, isLast), {authTagLength: ageTagBytes});
			decryption.setAuthTag(sealed.subarray(sealed.length - ageTagBytes));
			const plain = decryption.update(sealed.subarray(0, sealed.length - ageTagBytes));
			decryption.final();
			return plain;
		},
	};
}

/** Whether a file's first bytes are those of an age file in its binary form. */
export function isAge(head: Buffer): boolean {
	return head.subarray(0, 22).toString('latin1') === 'age-encryption.org/v1\n';
}

function recipientsOf(keys: EncryptionKeys): readonly (string | Recipient)[] {
	if ('passphrase' in keys) return [scryptRecipient(keys.passphrase)];
	if (keys.recipients.length > 0) return keys.recipients;
	throw new AppError('usage', 'No recipient is given to encrypt the backup to', {
		hint: 'Give at least one age recipient (age1…), or a passphrase',
	});
}

function addRecipient(encrypter: Encrypter, recipient: string | Recipient): void {
	try {
		encrypter.addRecipient(recipient);
	} catch (error) {
		throw new AppError('usage', `${String(recipient)} is not an age recipient`, {
			hint: 'Give the public key that age-keygen printed: it begins with age1',
			fix: ['age-keygen'],
			cause: error,
		});
	}
}

function addIdentity(decrypter: Decrypter, identity: string): void {
	try {
		decrypter.addIdentity(identity);
	} catch (error) {
		throw new AppError('usage', 'The identity given to decrypt the backup is not an age identity', {
			hint: 'Give the line of the key file that begins with AGE-SECRET-KEY-1',
			cause: error,
		});
	}
}

async function unwrap(decrypter: Decrypter, header: Buffer, path: string): Promise<Uint8Array> {
	try {
		return await decrypter.decryptHeader(header);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		if (/HMAC|invalid (?:header|stanza|version)/u.test(message)) {
			throw new AppError('bundle-damaged', `${path} is encrypted, and its header has been altered`, {
				hint: 'Use another backup or another copy of this one',
				cause: error,
			});
		}

		throw new AppError('bundle-encrypted', `${path} is encrypted, and the key that was given does not open it`, {
			hint: 'Give the passphrase or the age identity that it was encrypted with',
			cause: error,
		});
	}
}

function findHeaderEnd(head: Buffer): number | undefined {
	const mac = head.indexOf('\n--- ');
	const end = mac === -1 ? -1 : head.indexOf('\n', mac + 1);
	return end === -1 ? undefined : end + 1;
}

function payloadKey(fileKey: Uint8Array, nonce: Uint8Array): Buffer {
	return Buffer.from(hkdfSync('sha256', fileKey, nonce, 'payload', 32));
}

function chunkNonce(index: number, isLast: boolean): Buffer {
	const nonce = Buffer.alloc(12);
	nonce.writeUIntBE(index, 5, 6);
	nonce.writeUInt8(isLast ? 1 : 0, 11);
	return nonce;
}

const deriveKey = promisify<string, Buffer, number, {N: number; r: number; p: number; maxmem: number}, Buffer>(scrypt);

/** The library's scrypt blocks the event loop; Node's runs on a thread of its own. */
async function scryptKey(passphrase: string, salt: Uint8Array, logN: number): Promise<Buffer> {
	const labelled = Buffer.concat([Buffer.from('age-encryption.org/v1/scrypt'), salt]);
	return await deriveKey(passphrase, labelled, 32, {N: 2 ** logN, r: 8, p: 1, maxmem: 2 ** (logN + 11)});
}

function scryptRecipient(passphrase: string): Recipient {
	return {
		async wrapFileKey(fileKey) {
			const salt = randomBytes(16);
			const key = await scryptKey(passphrase, salt, workFactor);
			const encryption = createCipheriv(cipher, key, Buffer.alloc(12), {authTagLength: ageTagBytes});
			const body = Buffer.concat([encryption.update(fileKey), encryption.final(), encryption.getAuthTag()]);
			const {Stanza} = await loadLibrary();
			return [new Stanza(['scrypt', unpadded(salt), String(workFactor)], body)];
		},
	};
}

function scryptIdentity(passphrase: string): Identity {
	return {
		async unwrapFileKey(stanzas) {
			const [stanza] = stanzas;
			const [kind, salt, logN] = stanza?.args ?? [];
			if (stanza === undefined || kind !== 'scrypt' || salt === undefined || logN === undefined) return null;
			if (!/^[1-9]\d?$/u.test(logN) || Number(logN) > highestWorkFactor) return null;
			const key = await scryptKey(passphrase, Buffer.from(salt, 'base64'), Number(logN));
			const decryption = createDecipheriv(cipher, key, Buffer.alloc(12), {authTagLength: ageTagBytes});
			decryption.setAuthTag(stanza.body.subarray(-ageTagBytes));
			const plain = decryption.update(stanza.body.subarray(0, -ageTagBytes));
			try {
				decryption.final();
			} catch {
				return null;
			}

			return plain;
		},
	};
}

function unpadded(bytes: Buffer): string {
	return bytes.toString('base64').replaceAll('=', '');
}
