import {expect, test} from 'vitest';
import {homeLines} from '../../source/ui/screens/home-lines.js';
import {chooseSymbols} from '../../source/ui/symbols.js';
import {fakeStack} from '../helpers/wizard.js';

test('without an engine nobody says that a service is not started', () => {
	const facts = {stack: fakeStack({engineReached: false}), backups: [], now: 0};
	const shown = (isComplete: boolean, width = 80, height = 20) =>
		JSON.stringify(homeLines({...facts, isComplete}, width, height, chooseSymbols({LANG: 'C.UTF-8'}))).toLowerCase();
	expect(shown(true)).toContain('unknown without the engine');
	expect(shown(true)).not.toMatch(/not started|running,|looking/);
	expect(shown(false)).toContain('looking');
	// Where there is no room for all, the count of the others says no more than is known.
	for (const isComplete of [true, false]) {
		expect(shown(isComplete, 40, 4)).toMatch(/\d more/);
		expect(shown(isComplete, 40, 4)).not.toMatch(/not started|running|finished|stopped/);
	}
});
