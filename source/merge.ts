/**
 * Values of several sources in the order in which they arrive; ends when all have ended, fails with the first failure.
 * Each source is at most one value ahead of the reader.
 */
export async function* merge<Value>(...sources: readonly AsyncIterable<Value>[]): AsyncGenerator<Value, void, void> {
	const iterators = sources.map(source => source[Symbol.asyncIterator]());
	const waiting = new Map(iterators.map((iterator, index) => [index, take(iterator, index)]));
	try {
		while (waiting.size > 0) {
			const {index, next} = await Promise.race(waiting.values());
			const iterator = iterators[index];
			if (next.done || iterator === undefined) {
				waiting.delete(index);
				continue;
			}

			waiting.set(index, take(iterator, index));
			yield next.value;
		}
	} finally {
		for (const pending of waiting.values()) pending.catch(() => {});
	}
}

async function take<Value>(iterator: AsyncIterator<Value>, index: number) {
	return {index, next: await iterator.next()};
}
