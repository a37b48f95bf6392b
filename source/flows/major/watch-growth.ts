import {setTimeout as delay} from 'node:timers/promises';
import type {PostgresClient} from '../../postgres/client.js';
import {quoteLiteral} from '../../postgres/quote.js';
import {openSession} from '../../postgres/session.js';

const askEveryMs = 1000;
/** How long a server that is gone may keep us waiting. */
const patienceMs = 5000;

/**
 * Asks the server every second by how many bytes a database that is being filled has grown. What cannot be asked is not told: whoever fills it
 * notices a lost server, and says so. `stop` never throws.
 */
export function watchGrowth(
	client: PostgresClient,
	database: string,
	onGrowth: (bytes: number) => void,
): {stop(): Promise<void>} {
	const stopping = new AbortController();
	const watching = watch(client, database, onGrowth, stopping.signal).catch(() => {});
	return {
		async stop() {
			stopping.abort();
			await Promise.race([watching, delay(patienceMs, undefined, {ref: false})]);
		},
	};
}

async function watch(
	client: PostgresClient,
	database: string,
	onGrowth: (bytes: number) => void,
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
		let empty: number | undefined;
		while (!signal.aborted) {
			const [row] = await session.query<{bytes: number}>(
				`SELECT pg_database_size(${quoteLiteral(database)})::float8 AS bytes`,
			);
			if (row === undefined) return;
			empty ??= row.bytes;
			onGrowth(row.bytes - empty);
			await delay(askEveryMs, undefined, {signal});
		}
	} finally {
		signal.removeEventListener('abort', close);
		await close();
	}
}
