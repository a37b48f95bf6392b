import type {DumpTable} from './dump-tables.js';
import type {SqlFacts} from './sql-facts.js';

/** What a full pass over a dump tells. Null and empty mean that the dump does not say. */
export type DumpFacts = {
	/** As the server named itself: `17.11 (Debian 17.11-1.pgdg13+1)`. */
	readonly serverVersion: string | null;
	readonly serverMajor: number | null;
	readonly dumpVersion: string | null;
	readonly databases: readonly string[];
	/** Roles that own or are granted something in it. */
	readonly roles: readonly string[];
	readonly extensions: readonly string[];
	readonly tables: readonly DumpTable[];
	/** Bytes of the dump itself, uncompressed. */
	readonly plainBytes: number;
	/** False when the compression inside the archive could not be decoded here, so that only the structure was checked. */
	readonly decoded: boolean;
	/** CREATE DATABASE with its properties, and ALTER DATABASE … SET, as the dump has them; of the first database. */
	readonly createDatabase: string | null;
	readonly alterDatabase: readonly string[];
	/** For plain SQL only. */
	readonly sql: SqlFacts | null;
};

/** Tells how far a pass has come; throws when it is to stop. Returns an event when it is time for one. */
export type OnBytes = (
	done: number,
) => {readonly type: 'step-progress'; readonly step: string; readonly done: number; readonly unit: 'bytes'} | undefined;

/** `17.11 (Debian …)` → 17; `9.6.24` → 9. */
export function majorOf(version: string | null): number | null {
	const major = Number.parseInt(version ?? '', 10);
	return Number.isNaN(major) ? null : major;
}
