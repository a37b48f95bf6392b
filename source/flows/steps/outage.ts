import type {Services} from '../../services.js';
import {judgeAnswer} from './health-rules.js';

/** Measures how long users are without the application. */
export interface OutageMeter {
	/** Ends the measurement. Milliseconds during which the application did not answer, as a user would have seen it. */
	stop(): Promise<number>;
}

const intervalMs = 100;
const requestTimeoutMs = 2000;

/**
 * Asks a health URL ten times a second until `stop`, and adds up the time between each first failed request and the next one that succeeds.
 * Without a URL there is nothing to ask: then `stop` gives the time since the start.
 */
export function startOutageMeter(
	services: Pick<Services, 'http' | 'clock'>,
	url: string | null,
	usualStatus?: number | undefined,
): OutageMeter {
	const begunAt = services.clock.now();
	if (url === null) return {stop: async () => services.clock.now() - begunAt};
	const controller = new AbortController();
	let downMs = 0;
	let downSince: number | undefined;
	const ask = async () => {
		while (!controller.signal.aborted) {
			const askedAt = services.clock.now();
			const answer = await services.http.get(url, {timeoutMs: requestTimeoutMs, signal: controller.signal});
			if (controller.signal.aborted) return;
			const up = judgeAnswer(answer, usualStatus).state === 'ok';
			if (!up) downSince ??= askedAt;
			else if (downSince !== undefined) {
				downMs += services.clock.now() - downSince;
				downSince = undefined;
			}

			await services.clock.sleep(intervalMs, controller.signal).catch(() => {});
		}
	};
	const asking = ask();
	return {
		async stop() {
			controller.abort();
			await asking;
			return downMs + (downSince === undefined ? 0 : services.clock.now() - downSince);
		},
	};
}
