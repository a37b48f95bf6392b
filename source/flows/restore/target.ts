import type {OwnRights} from '../../postgres/catalogue.js';
import type {ExternalDatabase} from '../../stack/stack.js';

/** A PostgreSQL server that is restored into, as it is before anything changes. Serialisable. */
export type TargetServer = {
	/** Compose service; the host of a server outside of the stack. */
	readonly service: string;
	/** How the stack names a server that is none of its services; null for its own. */
	readonly external: ExternalDatabase | null;
	/** Null when there is none yet. */
	readonly containerId: string | null;
	readonly running: boolean;
	readonly image: string | null;
	/** Role to work as. */
	readonly user: string;
	/** The database that the application uses. */
	readonly database: string;
	/** Everything below is null while the server is down. */
	readonly server: TargetFacts | null;
};

export type TargetFacts = {
	readonly version: string;
	readonly major: number;
	readonly clientMajor: number;
	readonly clientVersion: string;
	readonly supportsZstd: boolean;
	readonly superuser: boolean;
	readonly rights: OwnRights;
	readonly replica: boolean;
	/** Free bytes where the data lies; null when it cannot be told. */
	readonly freeBytes: number | null;
	readonly databases: readonly TargetDatabase[];
	readonly roles: readonly string[];
	readonly extensions: readonly {readonly name: string; readonly versions: readonly string[]}[];
	/** Databases with prepared transactions, which can be neither renamed nor dropped. */
	readonly preparedTransactions: readonly string[];
	/** Databases with logical replication slots, which can be neither renamed without notice nor dropped. */
	readonly slots: readonly string[];
};

export type TargetDatabase = {
	readonly name: string;
	readonly owner: string;
	readonly sizeBytes: number | null;
	/** Tables of the user; null when it may not be looked at. */
	readonly tables: number | null;
};
