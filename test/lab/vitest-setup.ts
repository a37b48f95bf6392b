import type {TestProject} from 'vitest/node';
import {ensureImages} from './build-images.js';
import {findComposeVersion, findEngineVersion} from './engine.js';
import {ensureLab} from './lab.js';
import {LabUnavailable} from './state.js';

declare module 'vitest' {
	export interface ProvidedContext {
		/** Why the tests that need Docker are skipped, or null when they run. */
		labObstacle: string | null;
	}
}

/**
 * Brings up engine, Compose and the images of nearly every stack before the tests that need Docker; the rest comes with
 * the stacks. On a machine where it may not, they are skipped and the
 * reason is printed; with `LIFEBOAT_LAB=require`, as in CI, that is a failure. `LIFEBOAT_LAB=off` skips them.
 */
export async function setup(project: TestProject): Promise<void> {
	const obstacle = await bringUp();
	if (obstacle === null) {
		console.error(`lab: engine ${await findEngineVersion()}, Compose ${await findComposeVersion()}`);
	} else {
		console.error(`lab: tests that need Docker are SKIPPED. ${obstacle}`);
	}
	project.provide('labObstacle', obstacle);
}

const report = (line: string) => console.error(`lab: ${line}`);

async function bringUp(): Promise<string | null> {
	const mode = process.env['LIFEBOAT_LAB'];
	if (mode === 'off') {
		return 'LIFEBOAT_LAB=off asks for that.';
	}
	try {
		await ensureLab(report);
		await ensureImages(['postgres:17', 'lifeboat-lab/node:20'], report);
		return null;
	} catch (error) {
		if (error instanceof LabUnavailable && mode !== 'require') {
			return error.message;
		}
		throw error;
	}
}
