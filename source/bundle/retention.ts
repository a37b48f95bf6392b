/** How many backups are kept; a rule of 0 keeps none by itself. */
export type Keep = {
	readonly last: number;
	readonly daily: number;
	readonly weekly: number;
	readonly monthly: number;
};

export type Datable = {
	readonly file: string;
	/** ISO time, UTC. */
	readonly createdAt: string;
};

export type Retention<Backup extends Datable> = {
	/** Newest first, each with the rules that keep it. */
	readonly kept: readonly {readonly backup: Backup; readonly reasons: readonly string[]}[];
	/** Newest first. */
	readonly removed: readonly Backup[];
};

/**
 * Decides which backups stay: the newest `last`, and the newest of each of the last days, weeks (ISO, from Monday) and months that have one (UTC).
 * Pass good backups only: then the newest of them always stays, whatever the rules say.
 */
export function planRetention<Backup extends Datable>(backups: readonly Backup[], keep: Keep): Retention<Backup> {
	const newestFirst = [...backups].sort((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
	const reasons = new Map<Backup, string[]>();
	const mark = (backup: Backup, reason: string) => reasons.set(backup, [...(reasons.get(backup) ?? []), reason]);
	for (const backup of newestFirst.slice(0, keep.last)) mark(backup, 'last');
	for (const [name, limit, period] of [
		['daily', keep.daily, (time: Date) => time.toISOString().slice(0, 10)],
		['weekly', keep.weekly, weekOf],
		['monthly', keep.monthly, (time: Date) => time.toISOString().slice(0, 7)],
	] as const) {
		for (const backup of newestOfPeriods(newestFirst, period).slice(0, limit)) mark(backup, name);
	}

	const [newest] = newestFirst;
	if (newest !== undefined && !reasons.has(newest)) mark(newest, 'newest');
	return {
		kept: newestFirst.flatMap(backup => {
			const why = reasons.get(backup);
			return why === undefined ? [] : [{backup, reasons: why}];
		}),
		removed: newestFirst.filter(backup => !reasons.has(backup)),
	};
}

function newestOfPeriods<Backup extends Datable>(
	newestFirst: readonly Backup[],
	period: (time: Date) => string,
): readonly Backup[] {
	const seen = new Set<string>();
	return newestFirst.filter(backup => {
		const key = period(new Date(backup.createdAt));
		if (seen.has(key)) return false;
		seen.add(key);
		return true;
	});
}

const dayMs = 86_400_000;

/** The Monday of a time's week. */
function weekOf(time: Date): string {
	const sinceMonday = (time.getUTCDay() + 6) % 7;
	return new Date(time.getTime() - sinceMonday * dayMs).toISOString().slice(0, 10);
}
