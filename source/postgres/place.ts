import type {AppError} from '../errors.js';

/** The client programs that Lifeboat uses. */
export type PostgresProgram = 'psql' | 'pg_dump' | 'pg_dumpall' | 'pg_restore' | 'pg_isready';

/** What a program run in a place needs beyond its arguments. */
export type PlaceOptions = {
	/** Marks the process, so that it can be found when the command that started it is gone. */
	readonly mark: string;
	readonly password: string | undefined;
	/** Server settings for the session, as `PGOPTIONS`. */
	readonly serverOptions: string | undefined;
	/** `PGCLIENTENCODING`; absent leaves the database's own. */
	readonly encoding: string | undefined;
	/** End the program when its standard input is closed, which it does not read: so it dies with Lifeboat, however Lifeboat dies. */
	readonly tethered?: boolean | undefined;
	/** Connection string for a shell script, as `LIFEBOAT_DATABASE`. */
	readonly database: string | undefined;
};

/** A command line for `Processes`. */
export type PlacedCommand = {
	readonly command: string;
	readonly args: readonly string[];
	readonly env: Readonly<Record<string, string | undefined>>;
};

/** Where the client programs run: a container of the stack, a throwaway one, or this machine. */
export interface Place {
	/** For messages: `the container clerq-postgres-1`, `this machine`. */
	readonly description: string;
	/** Container id, where there is one. */
	readonly containerId: string | undefined;
	commandFor(program: string, args: readonly string[], options: PlaceOptions): PlacedCommand;
	/** Ends every process whose mark begins with `mark`; never throws. */
	endProcesses(mark: string): Promise<void>;
	/** Why nothing can run here any more (container stopped, restarted, removed; engine gone); undefined while it can. */
	explainLoss(): Promise<AppError | undefined>;
	/** Takes away what the place itself needed (a throwaway container); never throws. */
	dispose(): Promise<void>;
}
