import type {ArchiveToc} from '../../postgres/archive.js';
import type {SourceDatabase} from './source-summary.js';

/** How far the parallel restore of an archive is, in bytes of the dump: an estimate, for pg_restore itself tells only what it is at. */
export type LoadProgress = {
	/** pg_restore tells that something begins or is done. */
	note(action: string, object: string): void;
	/** Rows that the server has taken of the tables under way. */
	underWay(rows: number): void;
	read(): {readonly done: number; readonly current: string | undefined};
};

/** Loading rows takes most of the time; the rest goes to indexes and foreign keys. */
const shareOfRows = 0.75;
const builtKinds = new Set(['INDEX', 'CONSTRAINT', 'FK CONSTRAINT', 'INDEX ATTACH']);

/** Undefined where the rows are not known: then nobody can say how far it is. */
export function trackLoad(database: SourceDatabase, toc: ArchiveToc): LoadProgress | undefined {
	const {tables, bytes} = database;
	if (tables === null || bytes === null) return undefined;
	const rowsOf = new Map<string, number>();
	for (const {name, rows} of tables) rowsOf.set(name, (rowsOf.get(name) ?? 0) + (rows ?? 0));
	const totalRows = Math.max(1, database.rows ?? 0);
	const totalBuilt = Math.max(1, toc.entries.filter(entry => builtKinds.has(entry.kind)).length);
	let rows = 0;
	let partial = 0;
	let built = 0;
	let current: string | undefined;
	return {
		note(action, object) {
			if (action === 'loaded') {
				rows += rowsOf.get(object) ?? 0;
				rowsOf.delete(object);
			}

			if (action === 'building') built++;
			if (action !== 'loaded') current = `${action} ${object}`;
		},
		underWay(count) {
			partial = count;
		},
		read() {
			const loaded = Math.min(1, (rows + partial) / totalRows);
			const share = shareOfRows * loaded + (1 - shareOfRows) * Math.min(1, built / totalBuilt);
			return {done: Math.round(bytes * Math.min(0.99, share)), current};
		},
	};
}
