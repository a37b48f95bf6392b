import type {Clock, ContainerSummary, Docker} from '../engine/types.js';
import {isCancellation} from '../errors.js';
import {type LogLevel, levelOfLine} from '../stack/log-level.js';

/** A line of a service. `time` is in milliseconds since the epoch. */
export type LogRecord = {
	readonly service: string;
	readonly time: number;
	readonly stream: 'stdout' | 'stderr';
	readonly line: string;
	readonly level: LogLevel | undefined;
};

export type LogOptions = {
	readonly project: string;
	/** Empty means all. */
	readonly services: readonly string[];
	/** Lines of each container to begin with. */
	readonly tail: number;
	readonly since?: number | undefined;
	readonly follow: boolean;
};

type Needs = {readonly docker: Pick<Docker, 'listContainers' | 'logs' | 'events'>; readonly clock: Clock};

const batchEveryMs = 50;
/** How long a container that says nothing holds up the lines of the others at the beginning. */
const beginningMs = 1000;
/** More waiting lines than this and the engine is not read further: the memory stays bounded however fast a container writes. */
const mostWaiting = 10_000;

/**
 * Lines of several services, interleaved by time, in batches. With `follow` containers that start later (restarts, `up`) join by themselves;
 * ends when the signal fires. Throws AppError engine-unreachable and the like.
 */
export async function* followLogs(
	options: LogOptions,
	{docker, clock}: Needs,
	signal: AbortSignal,
): AsyncGenerator<readonly LogRecord[]> {
	const inner = new AbortController();
	const abort = () => inner.abort(signal.reason);
	signal.addEventListener('abort', abort, {once: true});
	const queue = createQueue();
	const attached = new Map<string, Promise<void>>();
	const heard = new Set<string>();

	const attach = (
		container: Pick<ContainerSummary, 'id' | 'labels'>,
		since: number | undefined,
		tail: number | undefined,
	) => {
		const service = container.labels['com.docker.compose.service'] ?? container.id.slice(0, 12);
		if (attached.has(container.id) || (options.services.length > 0 && !options.services.includes(service))) return;
		const request = {
			follow: options.follow,
			...(tail === undefined ? {} : {tail}),
			...(since === undefined ? {} : {since}),
		};
		const pump = async () => {
			for await (const entry of docker.logs(container.id, request, inner.signal)) {
				queue.push({
					service,
					time: entry.time,
					stream: entry.stream,
					line: entry.line,
					level: levelOfLine(entry.line),
				});
				// Asked first: a promise for each line would cost more than the line.
				while (queue.isFull() && !inner.signal.aborted) await queue.room();
				heard.add(container.id);
			}
		};
		attached.set(
			container.id,
			pump()
				.catch(error => {
					if (!inner.signal.aborted && !isCancellation(error)) queue.fail(error);
				})
				.finally(() => attached.delete(container.id)),
		);
	};

	try {
		if (options.follow) watchStarts(options.project, docker, inner.signal, attach, queue.fail);
		for (const container of await docker.listContainers({project: options.project}, inner.signal))
			attach(container, options.since, options.tail);
		if (!options.follow) {
			let ended = false;
			const all = Promise.all(attached.values()).then(() => {
				ended = true;
			});
			const rest: LogRecord[] = [];
			while (!ended) {
				await Promise.race([all, clock.sleep(batchEveryMs)]);
				rest.push(...queue.take());
			}
			yield byTime([...rest, ...queue.take()]);
			return;
		}

		// What was there before comes from each container at its own pace, and belongs into one order.
		const isSilent = (id: string) => !heard.has(id);
		const begin = clock.now() + beginningMs;
		while (!signal.aborted && [...attached.keys()].some(isSilent) && clock.now() < begin)
			await clock.sleep(batchEveryMs, inner.signal).catch(() => {});

		while (!signal.aborted) {
			await clock.sleep(batchEveryMs, inner.signal).catch(() => {});
			const batch = queue.take();
			if (batch.length > 0) yield byTime(batch);
		}
	} finally {
		signal.removeEventListener('abort', abort);
		inner.abort();
	}
}

/** A container that starts again, or is made anew by `up`, is read from its start. */
function watchStarts(
	project: string,
	docker: Needs['docker'],
	signal: AbortSignal,
	attach: (
		container: {readonly id: string; readonly labels: Readonly<Record<string, string>>},
		since: number | undefined,
		tail: undefined,
	) => void,
	fail: (error: unknown) => void,
): void {
	const watch = async () => {
		for await (const event of docker.events({project}, signal)) {
			if (event.action === 'start') attach({id: event.containerId, labels: event.labels}, event.time, undefined);
		}
	};
	watch().catch(error => {
		if (!signal.aborted) fail(error);
	});
}

function createQueue() {
	let waiting: LogRecord[] = [];
	let failure: {readonly error: unknown} | undefined;
	let wake: (() => void) | undefined;
	let room = new Promise<void>(resolve => {
		wake = resolve;
	});
	return {
		push(record: LogRecord) {
			waiting.push(record);
		},
		isFull: () => waiting.length >= mostWaiting,
		/** Resolves when the reader has taken what waits. */
		room: () => room,
		take(): LogRecord[] {
			if (failure) throw failure.error;
			const batch = waiting;
			waiting = [];
			wake?.();
			room = new Promise(resolve => {
				wake = resolve;
			});
			return batch;
		},
		fail(error: unknown) {
			failure = {error};
		},
	};
}

/** Stable: lines of the same time keep the order in which they came. */
function byTime(batch: LogRecord[]): readonly LogRecord[] {
	return batch.sort((left, right) => left.time - right.time);
}
