import prettyBytes from 'pretty-bytes';
import type {Clock} from './engine/types.js';
import type {OperationEvent} from './operation.js';

const reportEveryMs = 5000;

/** Draws an operation as plain lines: one when a step starts, one when it ends, and a figure every five seconds between. */
export function createTextProgress(options: {
	readonly say: (line: string) => void;
	readonly clock: Clock;
	readonly verbose: boolean;
}): (event: OperationEvent) => void {
	const {say, clock, verbose} = options;
	const started = new Map<string, {title: string; at: number; reported: number}>();
	return event => {
		const now = clock.now();
		switch (event.type) {
			case 'step-started':
				started.set(event.step, {title: event.title, at: now, reported: now});
				say(`… ${event.title}`);
				return;
			case 'step-progress': {
				const step = started.get(event.step);
				if (!step || now - step.reported < reportEveryMs) return;
				step.reported = now;
				say(`  ${formatAmount(event)}${event.current === undefined ? '' : ` · ${event.current}`}`);
				return;
			}

			case 'step-finished': {
				const step = started.get(event.step);
				say(
					`✔ ${step?.title ?? event.step} (${formatDuration(now - (step?.at ?? now))}${event.note === undefined ? '' : `, ${event.note}`})`,
				);
				return;
			}

			case 'step-failed':
				say(`✗ ${started.get(event.step)?.title ?? event.step}`);
				return;
			case 'log':
				if (verbose) say(`  ${event.source} | ${event.line}`);
				return;
			case 'warning':
				say(`! ${event.message}`);
				if (event.hint !== undefined) say(`  ${event.hint}`);
				return;
			default:
				event satisfies never;
		}
	};
}

function formatAmount(event: Extract<OperationEvent, {type: 'step-progress'}>): string {
	const show = (amount: number) => (event.unit === 'bytes' ? prettyBytes(amount) : String(amount));
	if (event.total === undefined) return show(event.done);
	return `${show(event.done)} of ${event.isEstimate ? 'about ' : ''}${show(event.total)}`;
}

/** Milliseconds for people: `0.4 s`, `12 s`, `3 min 5 s`. */
export function formatDuration(milliseconds: number): string {
	const seconds = milliseconds / 1000;
	if (seconds < 10) return `${seconds.toFixed(1)} s`;
	if (seconds < 60) return `${Math.round(seconds)} s`;
	const minutes = Math.floor(seconds / 60);
	return minutes < 60
		? `${minutes} min ${Math.round(seconds % 60)} s`
		: `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
