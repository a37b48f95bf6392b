import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, expect, test} from 'vitest';
import {verifyFlow} from '../../source/flows/verify.js';
import type {Services} from '../../source/services.js';
import {stackWith} from './stack-fixture.js';

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-verify-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));
const services = {cwd: folder, environment: {}} as unknown as Services;
const ask = (given: object) => verifyFlow.questions(stackWith(), given, services, new AbortController().signal);

test('the wizard asks for the key of an encrypted backup, once; what else is wrong is for the verification to say', async () => {
	const file = join(folder, 'clerq.zip.age');
	writeFileSync(
		file,
		`age-encryption.org/v1\n-> scrypt ${'a'.repeat(22)} 18\n${'b'.repeat(43)}\n--- ${'c'.repeat(43)}\n`,
	);
	expect(await ask({file})).toMatchObject([{id: 'passphraseFile', optional: true}]);
	writeFileSync(join(folder, 'passphrase'), 'another one\n');
	expect(await ask({file, passphraseFile: join(folder, 'passphrase')})).toEqual([]);
	expect(await ask({file: join(folder, 'nowhere.zip')})).toEqual([]);
});
