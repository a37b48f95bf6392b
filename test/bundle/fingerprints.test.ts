import {expect, test} from 'vitest';
import {compareSecrets, fingerprintSecrets} from '../../source/bundle/fingerprints.js';

test('says which secrets are the same, changed or missing, and holds none', () => {
	const fingerprints = fingerprintSecrets({KEY: 'correct horse', OTHER: 'battery', GONE: 'staple'});
	expect(JSON.stringify(fingerprints)).not.toMatch(/correct|battery|staple/);
	expect(compareSecrets(fingerprints, {KEY: 'correct horse', OTHER: 'changed', NEW: 'x'})).toEqual([
		{name: 'GONE', state: 'missing'},
		{name: 'KEY', state: 'same'},
		{name: 'OTHER', state: 'changed'},
	]);
});

test('the same secret has another fingerprint in each backup', () => {
	const [first, second] = [fingerprintSecrets({KEY: 'a'}), fingerprintSecrets({KEY: 'a'})];
	expect(first.entries['KEY']).not.toBe(second.entries['KEY']);
	expect(compareSecrets({...first, algorithm: 'unknown'}, {KEY: 'a'})).toEqual([]);
});
