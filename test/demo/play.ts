import {setTimeout as sleep} from 'node:timers/promises';
import type {Screen} from './screen.js';

export const keys = {enter: '\r', up: '\u001B[A', down: '\u001B[B'} as const;

/** Waits until the screen shows something, and returns it. Throws with the screen after two minutes. */
export async function waitFor(screen: Screen, pattern: RegExp): Promise<string> {
	const deadline = Date.now() + 120_000;
	while (!pattern.test(screen.text())) {
		if (Date.now() > deadline) throw new Error(`The screen never showed ${pattern}:\n${screen.text()}`);
		await sleep(50);
	}

	return screen.text();
}

/** Moves down to an entry and chooses it. Throws when it is not there. */
export async function choose(screen: Screen, label: string): Promise<void> {
	await waitFor(screen, new RegExp(`(?:❯|  ) ${label}`));
	for (let tries = 0; !screen.text().includes(`❯ ${label}`); tries++) {
		if (tries > 20) throw new Error(`${label} cannot be reached:\n${screen.text()}`);
		screen.type(keys.down);
		await sleep(250);
	}

	screen.type(keys.enter);
}
