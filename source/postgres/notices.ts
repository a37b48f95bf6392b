/** What a client program tells on standard error while it works. */
export type ToolNotice =
	/** `--verbose`: what it works on now, for example `public.users`. */
	| {readonly type: 'current'; readonly action: string; readonly object: string}
	/** `--verbose`, of no interest to the user. */
	| {readonly type: 'chatter'; readonly line: string}
	/** A warning or an error, or what belongs to the one before (`detail:`, `hint:`). */
	| {readonly type: 'message'; readonly line: string};

const current: readonly (readonly [pattern: RegExp, action: string])[] = [
	[/^pg_dump: dumping contents of table (.+)$/, 'dumping'],
	[/^pg_dump: saving (large objects|BLOBs|blobs).*$/i, 'dumping'],
	[/^pg_dump: finished item \d+ TABLE DATA (.+)$/, 'dumped'],
	[/^pg_restore: processing data for table (.+)$/, 'loading'],
	[/^pg_restore: finished item \d+ TABLE DATA (.+)$/, 'loaded'],
	[/^pg_restore: launching item \d+ (?:TABLE DATA|INDEX|CONSTRAINT|FK CONSTRAINT) (.+)$/, 'working on'],
	[/^pg_restore: creating (?:INDEX|CONSTRAINT|FK CONSTRAINT|MATERIALIZED VIEW DATA) (.+)$/, 'building'],
	[/^pg_restore: creating (?:[A-Z ]+) (".*)$/, 'creating'],
];
const important =
	/^(?:pg_\w+|psql)(?::[^:]*:\d+)?: (?:warning|error|fatal|detail|hint):|: (?:error|warning):|\b(?:ERROR|FATAL|PANIC|WARNING|NOTICE): /;
const named = /^(?:pg_\w+): ?/;
/** With several jobs, two of them may write into one line: a part of the name of the one, then the line of the other, or what follows the name. */
const foreign = /^(?:\s|pg_restore:)+(?=pg_restore: )/;
const torn = /^ ?(?:finished|launching|creating|executing|processing|skipping|connecting) /;

/** Sorts a line of pg_dump's or pg_restore's standard error. Lines that they did not write themselves (of docker, of the loader) are messages. */
export function readNotice(written: string): ToolNotice {
	const line = written.replace(foreign, '');
	for (const [pattern, action] of current) {
		const match = pattern.exec(line);
		if (match) return {type: 'current', action, object: unquote(match[1] ?? '')};
	}

	if (important.test(line)) return {type: 'message', line};
	if (!named.test(line) && !torn.test(line)) return {type: 'message', line};
	return {type: 'chatter', line};
}

/** `"public.users"` as pg_dump prints it becomes `public.users`. */
function unquote(object: string): string {
	return object.replace(/^"(.*)"$/, '$1').replace(/" "/, '.');
}

/** A warning of pg_dump with what it means. */
export type ToolWarning = {
	readonly lines: readonly string[];
	/** In our words; null when there is nothing to add. */
	readonly meaning: string | null;
	/** True when it is no reason for worry. */
	readonly expected: boolean;
};

const timescaleTables =
	/^pg_dump: detail: (?:hypertable|chunk|continuous_agg|_timescaledb\w*|bgw_job|tablespace|dimension\w*|compression_settings|hypertable_compression|materialization_\w+)/;

/** Groups messages with their details and hints, and says of the well-known ones what they mean. */
export function explainWarnings(lines: readonly string[]): readonly ToolWarning[] {
	const groups: string[][] = [];
	for (const line of lines) {
		const last = groups.at(-1);
		if (last !== undefined && /: (?:detail|hint):|^(?:DETAIL|HINT): /.test(line)) last.push(line);
		else groups.push([line]);
	}

	return groups.map(group => ({lines: group, ...meaningOf(group)}));
}

function meaningOf(group: readonly string[]): Pick<ToolWarning, 'meaning' | 'expected'> {
	const [first = ''] = group;
	if (/circular foreign-key constraints/.test(first)) {
		return group.some(line => timescaleTables.test(line))
			? {
					meaning: "TimescaleDB's own catalogue refers to itself; its restore is prepared for that",
					expected: true,
				}
			: {
					meaning: 'Matters only for a dump of data alone: a whole dump adds the constraints after the rows',
					expected: true,
				};
	}

	if (/hypertable data are in the chunks/.test(first))
		return {meaning: "TimescaleDB keeps a hypertable's rows in its chunks, which are dumped", expected: true};
	if (/collation version mismatch/.test(first))
		return {
			meaning:
				'The operating system of the image sorts text differently than when the database was created: reindex it',
			expected: false,
		};
	return {meaning: null, expected: false};
}
