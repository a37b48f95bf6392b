import {isAppError} from '../../errors.js';
import type {Question} from '../flow.js';

/** Questions about a file that is encrypted begin with its key. Without a terminal it is no question: the flags and LIFEBOAT_PASSPHRASE are the answer. */
export async function askingForKey(
	given: {readonly passphraseFile?: string | undefined},
	ask: () => Promise<readonly Question[]>,
): Promise<readonly Question[]> {
	try {
		return await ask();
	} catch (error) {
		if (!isAppError(error, 'bundle-encrypted') || given.passphraseFile !== undefined) throw error;
		return [
			{
				id: 'passphraseFile',
				kind: 'text',
				title: 'The backup is encrypted. Which file holds its passphrase?',
				flag: '--passphrase-file',
				hint: 'Or leave, and start again with LIFEBOAT_PASSPHRASE set, or with --identity and the file of an age key',
				optional: true,
			},
		];
	}
}
