import {readName, type SqlName} from '../postgres/sql-words.js';

export type DumpTable = {
	readonly schema: string;
	readonly name: string;
	/** Null when the dump does not tell. */
	readonly rows: number | null;
};

/** A table as a dump mentions it. */
export type FoundTable = DumpTable & {
	/** The dump creates it; false where it only holds rows for it. */
	readonly defined: boolean;
	/** The table that it inherits from. */
	readonly parent: SqlName | null;
};

/** Name of the table that a CREATE TABLE inherits from: `… INHERITS (public.sessions)`. */
export function readParent(definition: string): SqlName | null {
	const list = /\binherits\s*\((?<list>[^()]*)\)\s*;?\s*$/iu.exec(definition)?.groups?.['list'];
	return list === undefined ? null : (readName(list) ?? null);
}

/**
 * The tables that a restore must bring back. Those of an extension (PostGIS's spatial_ref_sys, TimescaleDB's catalogue) come with the extension and
 * are left out. The rows of a hypertable lie in its chunks and are counted for it, unless some are compressed: then nobody can tell from the dump.
 */
export function settleTables(found: readonly FoundTable[]): readonly DumpTable[] {
	const isInternal = ({schema}: {readonly schema: string}) => schema.startsWith('_timescaledb');
	const chunks = found.filter(table => isInternal(table) && table.parent !== null);
	const isCompressed = found.some(
		table => isInternal(table) && table.name.startsWith('compress_hyper') && table.rows !== 0,
	);
	const hasDefinitions = found.some(table => table.defined);
	return found
		.filter(table => !isInternal(table) && (table.defined || !hasDefinitions))
		.map(({schema, name, rows}) => {
			const own = chunks.filter(chunk => chunk.parent?.name === name && (chunk.parent.schema ?? schema) === schema);
			return {
				schema,
				name,
				rows: own.length === 0 ? rows : isCompressed ? null : addRows([rows, ...own.map(chunk => chunk.rows)]),
			};
		});
}

function addRows(counts: readonly (number | null)[]): number | null {
	let sum = 0;
	for (const count of counts) {
		if (count === null) return null;
		sum += count;
	}

	return sum;
}
