import prettyBytes from 'pretty-bytes';
import {formatDuration} from '../../text-progress.js';
import type {MovePlan} from './plan.js';

/** What this run has measured before the application is stopped, in milliseconds. */
export type Measured = {
	/** The fresh backup of the same data. */
	readonly backupMs: number;
	/** The start of the new server, its making included. */
	readonly startMs: number;
};

/** Loading takes about twice as long as dumping (indexes, statistics): on a database of 846 MB 11.5 s against 5.7 s. */
const loadShare = 2;
/** Both servers shut down, and the application stops and starts. */
const restartsMs = 5000;

/** Milliseconds for which the application will be away from now on. */
export function estimateOutage({backupMs, startMs}: Measured): number {
	return backupMs * (1 + loadShare) + startMs + restartsMs;
}

/** For the moment before the application is stopped: what is expected, and from what. */
export function describeEstimate(measured: Measured): string {
	return `away for about ${formatRough(estimateOutage(measured))}, as the backup took ${formatDuration(measured.backupMs)}`;
}

/** For the plan, when nobody has measured this machine: a dump straight into a restore moves 20 MB a second or more, a copy of files 100, and the restarts take 15 s. */
export function guessOutage({old, action, sizeBytes}: Pick<MovePlan, 'old' | 'action' | 'sizeBytes'>): string {
	if (old.cannotStart) return 'until it is done; it is away now';
	const perSecond = action === 'adopt' ? 100e6 : 20e6;
	const guess = `perhaps ${formatRough(((sizeBytes ?? 0) / perSecond + 15) * 1000)}, a guess at ${prettyBytes(perSecond)} a second`;
	return action === 'adopt' ? guess : `${guess}; the backup measures it before anything stops`;
}

function formatRough(milliseconds: number): string {
	const seconds = Math.ceil(milliseconds / 1000);
	return seconds < 90 ? `${seconds} s` : `${Math.ceil(seconds / 60)} min`;
}
