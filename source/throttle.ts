/** As often as a screen draws. */
const leastMs = 100;

/** Calls `work` at most ten times a second: what comes sooner after the last call is left out. */
export function throttle<Parameters extends readonly unknown[]>(
	work: (...parameters: Parameters) => void,
): (...parameters: Parameters) => void {
	let last = Number.NEGATIVE_INFINITY;
	return (...parameters) => {
		const now = performance.now();
		if (now - last < leastMs) return;
		last = now;
		work(...parameters);
	};
}
