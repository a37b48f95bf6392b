import {setTimeout as delay} from 'node:timers/promises';
import type {Clock} from './types.js';

export const systemClock: Clock = {
	now: () => Date.now(),
	sleep: async (milliseconds, signal) => {
		await delay(milliseconds, undefined, signal === undefined ? {} : {signal});
	},
};
