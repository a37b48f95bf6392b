import type {ComposeTarget} from '../engine/types.js';
import type {ClientVersion} from '../postgres/client-version.js';

/** What a service is there for. `migrate` is a one-shot that changes the schema; other one-shots are `other` with `oneShot` true. */
export type ServiceRole =
	| 'app'
	| 'worker'
	| 'migrate'
	| 'database'
	| 'cache'
	| 'pooler'
	| 'object-store'
	| 'proxy'
	| 'backup'
	| 'other';

/** Where the server's password comes from: literal in the compose file, an env_file, interpolation from .env or the shell, a mounted secret, or nowhere. */
export type PasswordSource = 'environment' | 'env_file' | 'dotenv' | 'secret_file' | 'none';

export type ServiceState = 'running' | 'restarting' | 'paused' | 'created' | 'exited' | 'dead' | 'absent';

/** A fact with the rule that found it, for `detect --verbose`. */
export type Reason = {readonly subject: string; readonly rule: string; readonly text: string};

export type DataMount = {
	readonly type: 'volume' | 'bind' | 'anonymous' | 'none';
	/** Volume as the compose file names it, bind as written there; null for an anonymous volume. */
	readonly name: string | null;
	readonly target: string | null;
	/** The engine's own name of the volume or path, when it is known. */
	readonly source?: string | null;
};

export type ServerExtension = {readonly name: string; readonly version: string};

/** A PostgreSQL server of the stack. Null means unknown. */
export type DatabaseServer = {
	readonly service: string;
	/** Container to exec into; null when there is none. */
	readonly containerId: string | null;
	readonly image: string | null;
	readonly major: number | null;
	readonly serverVersion: string | null;
	/** The role to dump with (superuser where there is one). */
	readonly user: string;
	/** The database that the application uses. */
	readonly database: string;
	/** All databases except templates; just `database` when the server was not asked. */
	readonly databases: readonly string[];
	readonly passwordSource: PasswordSource;
	readonly state: ServiceState;
	readonly health: string | null;
	readonly sizeBytes: number | null;
	readonly extensions: readonly string[];
	readonly dataMount: DataMount;
	/** primary, or a replica that must never be a restore target. */
	readonly replica: boolean;
	readonly superuser: boolean | null;
	/** Free bytes where the data folder lies; null when not asked. */
	readonly freeBytes: number | null;
	/** What more the server told; null when it was not asked or did not answer. */
	readonly server: ServerFacts | null;
};

export type ServerFacts = {
	/** Absent where the container has no pg_dump. */
	readonly login?: ServerLogin | undefined;
	readonly dataDirectory: string;
	readonly databases: readonly {
		readonly name: string;
		readonly owner: string;
		readonly sizeBytes: number;
		/** Tables and materialised views outside of the system's schemas. */
		readonly tables: number;
		readonly extensions: readonly ServerExtension[];
	}[];
	readonly roles: readonly {readonly name: string; readonly superuser: boolean; readonly canLogin: boolean}[];
	readonly replicationSlots: readonly string[];
	readonly publications: readonly string[];
	/** Client connections by the service they come from, as proof of who writes. */
	readonly clients: readonly {
		readonly service: string | null;
		readonly address: string;
		readonly database: string;
		readonly user: string;
		readonly applicationName: string;
		readonly count: number;
	}[];
};

/** How detection got in, and with which programs: a dump that follows need not find that out again, as long as the container has not been started anew. */
export type ServerLogin = {
	readonly containerId: string;
	/** Start of the container, as the engine tells it. */
	readonly startedAt: string | null;
	readonly user: string;
	readonly superuser: boolean;
	/** The database that was connected to. */
	readonly database: string;
	/** Of the server, for example `17.6`, and as `server_version_num`. */
	readonly version: string;
	readonly versionNumber: number;
	readonly client: ClientVersion;
};

/** A PostgreSQL outside of the compose project that a service connects to. */
export type ExternalDatabase = {
	readonly service: string;
	/** The variable that names it. */
	readonly variable: string;
	readonly host: string;
	readonly port: number;
	readonly user: string | null;
	readonly database: string | null;
	/** neon, supabase, rds … by host; null when unknown. */
	readonly provider: string | null;
};

export type StackService = {
	readonly name: string;
	readonly role: ServiceRole;
	/** Has a connection of its own to the database. */
	readonly stopForRestore: boolean;
	/** Runs to its end and exits 0. */
	readonly oneShot: boolean;
	readonly image: string | null;
	readonly build: boolean;
	readonly state: ServiceState;
	readonly health: string | null;
	readonly exitCode: number | null;
	readonly restartCount: number;
	/** Host ports. */
	readonly ports: readonly number[];
	readonly healthUrl: string | null;
	readonly containerIds: readonly string[];
	readonly dependsOn: readonly string[];
	/** Names of the variables that hold a connection string to a database of this stack or outside. */
	readonly connectionVariables: readonly string[];
};

export type DurableStorage = {
	readonly service: string;
	readonly type: 'volume' | 'bind';
	readonly name: string;
	readonly target: string;
	readonly source?: string | null;
};

export type StackWarning = {
	readonly code: string;
	readonly message: string;
	readonly hint: string;
	readonly service?: string;
};

/** What is deployed: the answer of detection, and what every flow works on. Holds no secret values. */
export type Stack = {
	readonly project: string;
	/** Absolute path of the project directory. */
	readonly directory: string;
	/** The flags with which `docker compose` means this stack. */
	readonly target: ComposeTarget;
	/** Relative to `directory` where they lie below it. */
	readonly composeFiles: readonly string[];
	readonly envFiles: readonly string[];
	/** Files behind top-level `secrets` and `configs`, relative where below `directory`. */
	readonly secretFiles: readonly string[];
	readonly upgradeMode: 'pull' | 'build' | 'mixed';
	readonly databases: readonly DatabaseServer[];
	readonly external: readonly ExternalDatabase[];
	readonly services: readonly StackService[];
	readonly durable: readonly DurableStorage[];
	/** Names of variables that must be redacted, never values. */
	readonly secrets: readonly string[];
	readonly warnings: readonly StackWarning[];
	readonly reasons: readonly Reason[];
	/** False when only files were read. */
	readonly engineReached: boolean;
	/**
	 * Where the facts come from: the resolved model, or the labels and inspect of what runs when Compose refuses the files. `nothing`: there is no
	 * stack yet, only the place where a backup will set one up.
	 */
	readonly source: 'model' | 'containers' | 'nothing';
};
