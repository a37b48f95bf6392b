import {AppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {describeLockHolder, findLockHolders, type LockHolder, nameLockHolder} from './locks.js';

const firstLookMs = 2000;

type Watched = {
	readonly client: PostgresClient;
	readonly database: string;
	readonly signal?: AbortSignal | undefined;
	readonly onBlocked?: ((holders: readonly LockHolder[]) => void) | undefined;
};

/** While no byte has come, looks every few seconds who keeps pg_dump waiting for its table locks. `waitMs`: how long pg_dump waits for one. */
export function watchLocks({client, database, signal, onBlocked}: Watched, waitMs: number, applicationName: string) {
	let holders: readonly LockHolder[] = [];
	let stopped = false;
	let timer: NodeJS.Timeout | undefined;
	const look = async () => {
		try {
			const found = await findLockHolders(client, database, applicationName, {signal, timeoutMs: 10_000});
			if (found.length > 0) holders = found;
			if (found.length > 0 && !stopped) onBlocked?.(found);
		} catch {
			// Who holds the lock is good to know, not needed.
		}

		if (!stopped) schedule(firstLookMs * 2);
	};

	const schedule = (milliseconds: number) => {
		timer = setTimeout(() => void look(), milliseconds);
	};

	schedule(Math.min(firstLookMs, waitMs / 2));
	return {
		holders: () => holders,
		stop() {
			stopped = true;
			clearTimeout(timer);
		},
	};
}

/** The lock-timeout with the session that holds the lock and the command that ends it; the given error when nobody is known to hold one. */
export function lockTimeout(
	client: PostgresClient,
	database: string,
	holders: readonly LockHolder[],
	error: AppError,
): AppError {
	const [holder] = holders;
	if (holder === undefined) return error;
	const statement = `SELECT pg_terminate_backend(${holder.pid})`;
	const {containerId} = client.place;
	const psql = ['psql', '-U', client.connection.user, '-d', database, '-c', statement];
	return new AppError('lock-timeout', `${nameLockHolder(holder)} keeps ${database} from being dumped`, {
		hint: 'Wait until that session has finished, or end it; then try again',
		...(containerId === undefined ? {} : {fix: ['docker', 'exec', containerId.slice(0, 12), ...psql]}),
		details: [...holders.map(describeLockHolder), ...error.details],
		cause: error,
	});
}
