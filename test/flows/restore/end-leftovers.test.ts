import {expect, it} from 'vitest';
import {operationIdOf} from '../../../source/flows/restore/end-leftovers.js';

it('names the restores of two stacks that begin in the same second apart, and fits into the name of a session', () => {
	const nameOf = (project: string) => operationIdOf({id: '20260614t020000z', stack: {project}});
	expect(nameOf('clerq')).not.toBe(nameOf('clerq-2'));
	expect(nameOf('clerq')).toBe(nameOf('clerq'));
	expect(`lifeboat-${nameOf('p'.repeat(200))}-open-12345`.length).toBeLessThan(64);
});
