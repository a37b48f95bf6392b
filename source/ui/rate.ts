/** How much was done at a time (milliseconds). */
export type Sample = {readonly time: number; readonly done: number};

const windowMs = 10_000;
const leastMs = 900;

/** Adds a sample and forgets those older than the window; starts afresh when the count went back. */
export function addSample(samples: readonly Sample[], sample: Sample): readonly Sample[] {
	const last = samples.at(-1);
	if (last && sample.done < last.done) return [sample];
	if (last && sample.time - last.time < 100) return samples;
	const firstKept = samples.findIndex(other => sample.time - other.time <= windowMs);
	return [...(firstKept < 0 ? samples.slice(-1) : samples.slice(firstKept)), sample];
}

/** Units a second over the window; undefined while there is too little to tell. */
export function rateOf(samples: readonly Sample[]): number | undefined {
	const first = samples[0];
	const last = samples.at(-1);
	if (!first || !last || last.time - first.time < leastMs) return undefined;
	return ((last.done - first.done) / (last.time - first.time)) * 1000;
}

/** Milliseconds that are left at this rate; undefined when nobody can say. */
export function timeLeft(done: number, total: number | undefined, rate: number | undefined): number | undefined {
	if (total === undefined || rate === undefined || rate <= 0 || done >= total) return undefined;
	return ((total - done) / rate) * 1000;
}
