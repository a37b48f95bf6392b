import {setTimeout as delay} from 'node:timers/promises';
import type {PostgresClient} from './client.js';
import {openSession} from './session.js';

const askEveryMs = 1000;
/** How long a server that is gone may keep us waiting. */
const patienceMs = 5000;

/**
 * Asks the server every second for one number (`… AS value`), in a session of its own, while something else is at work. What cannot be asked is not told: whoever
 * is at work notices a lost server, and says so. `stop` never throws.
 */
export function watchValue(
	client: PostgresClient,
	sql: string,
	onValue: (value: number) => void,
): {stop(): Promise<void>} {
	const stopping = new AbortController();
	const watching = watch(client, sql, onValue, stopping.signal).catch(() => {});
	return {
		async stop() {
			stopping.abort();
			await Promise.race([watching, delay(patienceMs, undefined, {ref: false})]);
		},
	};
}

async function watch(
	client: PostgresClient,
	sql: string,
	onValue: (value: number) => void,
	signal: AbortSignal,
): Promise<void> {
	const session = await openSession(client, client.facts.maintenanceDatabase);
	session.lost.catch(() => {});
	// A question that nobody answers any more ends with the session.
	let closed: Promise<void> | undefined;
	const close = () => {
		closed ??= session.close();
		return closed;
	};
	signal.addEventListener('abort', close, {once: true});
	try {
		while (!signal.aborted) {
			const [row] = await session.query<{value: number}>(sql);
			if (row === undefined) return;
			onValue(row.value);
			await delay(askEveryMs, undefined, {signal});
		}
	} finally {
		signal.removeEventListener('abort', close);
		await close();
	}
}
