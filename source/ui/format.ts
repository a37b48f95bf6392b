import prettyBytes from 'pretty-bytes';

/** `1.23 GB`, with a plain space. */
export function formatBytes(bytes: number): string {
	return prettyBytes(bytes).replaceAll('\u00A0', ' ');
}

/** `34,567`. */
export function formatCount(count: number): string {
	return count.toLocaleString('en-US');
}

/** `0.4 s`, `12 s`, `3 min 05 s`, `1 h 02 min`. */
export function formatDuration(milliseconds: number): string {
	const seconds = Math.max(0, milliseconds) / 1000;
	if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
	const whole = Math.round(seconds);
	if (whole < 60) return `${whole} s`;
	const pad = (value: number) => String(value).padStart(2, '0');
	if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
	return `${Math.floor(whole / 3600)} h ${pad(Math.floor((whole % 3600) / 60))} min`;
}

/** As {@link formatDuration} without fractions, for a clock that ticks on the screen. */
export function formatElapsed(milliseconds: number): string {
	return milliseconds < 10_000 ? `${Math.floor(Math.max(0, milliseconds) / 1000)} s` : formatDuration(milliseconds);
}

const units: readonly (readonly [seconds: number, name: string])[] = [
	[365 * 86_400, 'year'],
	[30 * 86_400, 'month'],
	[86_400, 'day'],
	[3600, 'hour'],
	[60, 'minute'],
];

/** `just now`, `3 hours ago`, `2 days ago`. */
export function formatAge(milliseconds: number): string {
	const seconds = milliseconds / 1000;
	for (const [size, name] of units) {
		const count = Math.floor(seconds / size);
		if (count >= 1) return `${count} ${name}${count === 1 ? '' : 's'} ago`;
	}

	return 'just now';
}

/** `2026-06-14 02:00 UTC`. */
export function formatTime(milliseconds: number): string {
	return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

const plainWord = /^[\w@%+=:,./~-]+$/;

/** An argv as one line that a POSIX shell reads back as the same argv. */
export function formatCommand(argv: readonly string[]): string {
	return argv.map(word => (plainWord.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`)).join(' ');
}

/** `1 service`, `3 services`. */
export function plural(count: number, word: string, many = `${word}s`): string {
	return `${formatCount(count)} ${count === 1 ? word : many}`;
}
