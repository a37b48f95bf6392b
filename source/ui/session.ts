/** What must be stopped and waited for before Lifeboat may end. */
export type Stoppable = {
	cancel(): void;
	readonly finished: Promise<void>;
};

export type SessionState = 'open' | 'leaving' | 'closed';

/** Decides when the wizard ends, and with which code: the only place that does. */
export type Session = {
	state(): SessionState;
	subscribe(listener: () => void): () => void;
	/** Watches over a run until it has finished. */
	track(run: Stoppable): void;
	/** True while something runs that must not be left by accident. */
	isBusy(): boolean;
	/** The code for a plain goodbye. */
	setExitCode(code: number): void;
	/** Says goodbye with the code set, or with `code`; runs are cancelled and waited for, but not for ever. */
	leave(code?: number): void;
	/** Ctrl+C: the first one cancels what runs, the next one leaves with 130, one more does not wait. */
	interrupt(): void;
};

export type SessionOptions = {
	/** Milliseconds that a cancelled run gets to clean up. */
	readonly drainMs: number;
	/** Takes the screen down. Called once. */
	readonly close: (code: number) => void;
};

const interrupted = 130;

export function createSession({drainMs, close}: SessionOptions): Session {
	const runs = new Map<Stoppable, {isCancelled: boolean}>();
	const listeners = new Set<() => void>();
	let state: SessionState = 'open';
	let exitCode = 0;

	function change(next: SessionState): void {
		state = next;
		for (const listener of listeners) listener();
	}

	function finish(code: number): void {
		if (state === 'closed') return;
		change('closed');
		close(code);
	}

	function leave(code = exitCode): void {
		if (state !== 'open') return;
		change('leaving');
		if (runs.size === 0) {
			finish(code);
			return;
		}

		for (const run of runs.keys()) run.cancel();
		const limit = setTimeout(() => finish(code), drainMs);
		Promise.allSettled([...runs.keys()].map(run => run.finished)).then(
			() => {
				clearTimeout(limit);
				finish(code);
			},
			() => finish(code),
		);
	}

	return {
		state: () => state,
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		track(run) {
			runs.set(run, {isCancelled: false});
			const forget = () => {
				runs.delete(run);
			};

			run.finished.then(forget, forget);
			if (state !== 'open') run.cancel();
		},
		isBusy: () => runs.size > 0,
		setExitCode(code) {
			exitCode = code;
		},
		leave,
		interrupt() {
			if (state === 'leaving') {
				finish(interrupted);
				return;
			}

			const fresh = [...runs].filter(([, {isCancelled}]) => !isCancelled);
			if (fresh.length === 0) {
				leave(interrupted);
				return;
			}

			for (const [run, mark] of fresh) {
				mark.isCancelled = true;
				run.cancel();
			}
		},
	};
}
