import type {Processes, RunningProcess, RunResult} from '../engine/types.js';
import type {AppError} from '../errors.js';
import type {ClientVersion} from './client-version.js';
import {type Connection, connectionString} from './connection.js';
import type {Place, PostgresProgram} from './place.js';

export type ProgramOptions = {
	/** Database to connect to; absent for programs that connect to none (`pg_restore -l`). */
	readonly database?: string | undefined;
	readonly signal?: AbortSignal | undefined;
	readonly timeoutMs?: number | undefined;
	/** Server settings for this session, for example `{maintenance_work_mem: '256MB'}`. */
	readonly settings?: Readonly<Record<string, string>> | undefined;
	/** Client encoding; absent leaves the database's own, as a dump needs. */
	readonly encoding?: string | undefined;
	/** Descriptor of an open file that takes standard output directly; `stdout` is then empty. */
	readonly stdout?: number | undefined;
	/** The program reads nothing from standard input and ends when that is closed. Always so for pg_dump. */
	readonly tethered?: boolean | undefined;
};

export type RunProgramOptions = ProgramOptions & {readonly input?: string | undefined};

/** A program under way, with the name under which its sessions show in pg_stat_activity. */
export type RunningProgram = RunningProcess & {readonly applicationName: string};

/** What is known of the programs and the server, found out when the client was opened. */
export type ClientFacts = ClientVersion & {
	/** For example `17.6`. */
	readonly serverVersion: string;
	/** `server_version_num`, for example 170006. */
	readonly serverVersionNumber: number;
	readonly serverMajor: number;
	readonly superuser: boolean;
	/** A database that can be connected to for work on others: `postgres`, else `template1`, else the one given. */
	readonly maintenanceDatabase: string;
};

/**
 * How to run psql, pg_dump and pg_restore against one server for one operation.
 * Every session carries `application_name = lifeboat-<operation>-<n>`. When the signal of a call fires, its process in the container and
 * its sessions on the server are ended before the call's promise settles.
 */
export interface PostgresClient {
	readonly facts: ClientFacts;
	readonly connection: Connection;
	/** Beginning of every session's application_name. */
	readonly applicationName: string;
	readonly place: Place;
	run(program: PostgresProgram, args: readonly string[], options?: RunProgramOptions): Promise<RunResult>;
	/** Streams in both directions. Read `stdout` to its end and `stderr` once. */
	start(program: PostgresProgram, args: readonly string[], options?: ProgramOptions): RunningProgram;
	/** Runs a POSIX shell script where the programs run. `$1` … are the arguments, `$LIFEBOAT_DATABASE` the connection string of `database`. */
	shell(script: string, args?: readonly string[], options?: RunProgramOptions): Promise<RunResult>;
	/** Streaming form of `shell`. */
	startShell(script: string, args?: readonly string[], options?: ProgramOptions): RunningProgram;
	/** Ends the server's sessions with exactly this application_name, or of the whole operation. Never throws. */
	endSessions(applicationName?: string): Promise<void>;
	/** Ends all that the operation may have left in the container and on the server. Never throws. */
	endLeftovers(): Promise<void>;
	/** Why programs cannot run any more where they ran; undefined while they can. */
	explainLoss(): Promise<AppError | undefined>;
	/** Ends leftovers and removes what the client itself needed. Never throws. */
	dispose(): Promise<void>;
}

export type ClientOptions = {
	readonly processes: Processes;
	readonly place: Place;
	readonly connection: Connection;
	/** Short and unique for the operation: letters, digits, dashes. */
	readonly operationId: string;
	readonly facts: ClientFacts;
};

const cleanUpTimeoutMs = 15_000;

export function createClient(options: ClientOptions): PostgresClient {
	const {processes, place, connection, facts} = options;
	const applicationName = `lifeboat-${options.operationId}`;
	let runs = 0;
	const underWay = new Set<string>();
	/** Programs that have not ended, or whose leftovers are being cleared away. */
	const settling = new Set<Promise<void>>();

	const prepare = (program: string, args: readonly string[], run: ProgramOptions, name: string) => {
		const database = run.database === undefined ? undefined : connectionString(connection, run.database, name);
		const login = database === undefined || program === 'sh' ? [] : [`--dbname=${database}`, '--no-password'];
		return place.commandFor(program, [...login, ...args], {
			mark: name,
			password: connection.password,
			serverOptions: run.settings === undefined ? undefined : serverOptions(run.settings),
			encoding: run.encoding,
			tethered: run.tethered,
			database: program === 'sh' ? database : undefined,
		});
	};

	const beginRun = () => {
		runs += 1;
		const name = `${applicationName}-${runs}`;
		underWay.add(name);
		return name;
	};

	const endSessions = async (name?: string) => {
		const which =
			name === undefined
				? `left(application_name, ${applicationName.length + 1}) = '${applicationName}-'`
				: `application_name = '${name}'`;
		const sql = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${which} AND pid <> pg_backend_pid()`;
		const placed = prepare(
			'psql',
			['-X', '-q', '-A', '-t', '-c', sql],
			{database: facts.maintenanceDatabase},
			'lifeboat-end',
		);
		try {
			await processes.run(placed.command, placed.args, {env: placed.env, timeoutMs: cleanUpTimeoutMs});
		} catch {
			// Without the client or the engine there is nobody to ask; the server ends sessions of dead clients itself.
		}
	};

	const end = async (name?: string) => {
		await place.endProcesses(name === undefined ? `${applicationName}-` : `${name}$`);
		await endSessions(name);
		if (name !== undefined) underWay.delete(name);
	};

	const run = async (program: string, args: readonly string[], run: RunProgramOptions): Promise<RunResult> => {
		const name = beginRun();
		const placed = prepare(program, args, run, name);
		try {
			const result = await processes.run(placed.command, placed.args, {
				env: placed.env,
				input: run.input,
				signal: run.signal,
				timeoutMs: run.timeoutMs,
			});
			if (result.timedOut || result.exitCode > 128) await end(name);
			underWay.delete(name);
			return result;
		} catch (error) {
			await end(name);
			throw error;
		}
	};

	const start = (program: string, args: readonly string[], run: ProgramOptions): RunningProgram => {
		const name = beginRun();
		const placed = prepare(program, args, {tethered: program === 'pg_dump', ...run}, name);
		const running = processes.start(placed.command, placed.args, {
			env: placed.env,
			signal: run.signal,
			timeoutMs: run.timeoutMs,
			stdout: run.stdout,
		});
		let killed = false;
		const exit = running.exit.then(
			async result => {
				if (killed || result.signal !== undefined || result.exitCode > 128) await end(name);
				underWay.delete(name);
				return result;
			},
			async error => {
				await end(name);
				throw error;
			},
		);
		// Whoever awaits `exit` later still gets the rejection.
		exit.catch(() => {});
		const settled = exit.then(forget, forget);
		function forget() {
			settling.delete(settled);
		}

		settling.add(settled);
		return {
			...running,
			applicationName: name,
			exit,
			kill: signal => {
				killed = true;
				running.kill(signal);
			},
		};
	};

	return {
		facts,
		connection,
		applicationName,
		place,
		run: (program, args, options = {}) => run(program, args, options),
		start: (program, args, options = {}) => start(program, args, options),
		shell: (script, args = [], options = {}) => run('sh', ['-c', script, 'lifeboat', ...args], options),
		startShell: (script, args = [], options = {}) => start('sh', ['-c', script, 'lifeboat', ...args], options),
		endSessions,
		endLeftovers: () => end(),
		explainLoss: () => place.explainLoss(),
		async dispose() {
			if (underWay.size > 0) await end();
			await Promise.race([Promise.all(settling), waitAtMost(cleanUpTimeoutMs)]);
			await place.dispose();
		},
	};
}

/** `PGOPTIONS` splits at spaces; a backslash escapes (PostgreSQL manual, "options"). */
function serverOptions(settings: Readonly<Record<string, string>>): string {
	return Object.entries(settings)
		.map(([name, value]) => `-c ${name}=${value.replaceAll(/([\\\s])/g, '\\$1')}`)
		.join(' ');
}

/** A timer that keeps nobody from leaving. */
function waitAtMost(milliseconds: number): Promise<void> {
	return new Promise(resolve => {
		setTimeout(resolve, milliseconds).unref();
	});
}
