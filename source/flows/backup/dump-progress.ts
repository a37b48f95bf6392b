import type {TableFacts} from '../../postgres/contents.js';

/** How far a dump is, told in bytes of relations on the server: pg_dump itself tells only which table it is at. */
export type DumpProgress = {
	/** What there is to dump, asked while pg_dump starts. @param otherBytes what is dumped besides tables: large objects. */
	expect(tables: readonly Pick<TableFacts, 'schema' | 'name' | 'bytes'>[], otherBytes?: number): void;
	/** pg_dump has begun with a table (`public.users`) or with large objects. */
	begin(object: string): void;
	/** Bytes of the dump so far. */
	addedUpTo(dumpBytes: number): void;
	read(): {readonly done: number; readonly total: number; readonly current: string | undefined};
};

/** Bytes of dump for each byte of relation before any table has shown its own: custom format, compressed, relations with indexes. */
const firstRatio = 0.15;

/** Progress of one dump; everything is zero until it is known what to expect. */
export function trackDump(): DumpProgress {
	let sizes = new Map<string, number>();
	let total = 0;
	let others = 0;
	let current: string | undefined;
	let finishedBytes = 0;
	let finishedDumpBytes = 0;
	let startedAt = 0;
	let dumpBytes = 0;

	const sizeOf = (object: string | undefined) => (object === undefined ? 0 : (sizes.get(object) ?? others));
	return {
		expect(tables, otherBytes = 0) {
			sizes = new Map(tables.map(table => [`${table.schema}.${table.name}`, table.bytes]));
			others = otherBytes;
			total = tables.reduce((sum, table) => sum + table.bytes, 0) + otherBytes;
		},
		begin(object) {
			finishedBytes += sizeOf(current);
			finishedDumpBytes = dumpBytes;
			startedAt = dumpBytes;
			current = object;
		},
		addedUpTo(bytes) {
			dumpBytes = bytes;
		},
		read() {
			const learned = finishedBytes > 1_000_000 ? finishedDumpBytes / finishedBytes : firstRatio;
			const guess = (dumpBytes - startedAt) / Math.max(learned, 0.01);
			const ofCurrent = Math.min(guess, sizeOf(current) * 0.99);
			return {done: Math.min(Math.round(finishedBytes + ofCurrent), total), total, current};
		},
	};
}
