import type {Readable, Writable} from 'node:stream';

/** Options of one run of an outside program. Secrets go into `env` or `input`, never into argv (visible in `ps`). */
export type RunOptions = {
	readonly cwd?: string | undefined;
	/** Added to the process's own environment; `undefined` removes a variable. */
	readonly env?: Readonly<Record<string, string | undefined>> | undefined;
	/** Text for standard input; without it standard input is empty. */
	readonly input?: string | Readable | undefined;
	readonly signal?: AbortSignal | undefined;
	/** Milliseconds until the program is ended (SIGTERM, then SIGKILL). */
	readonly timeoutMs?: number | undefined;
};

export type StartOptions = Omit<RunOptions, 'input'> & {
	/** Descriptor of an open file that takes standard output without a way through this process; `stdout` of the running program is then empty. */
	readonly stdout?: number | undefined;
};

export type RunResult = {
	/** Exit code; 128 + n where signal n ended it. */
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
	readonly timedOut: boolean;
};

/** A program under way whose bytes are streamed. Nothing is buffered: whoever starts it must read `stdout` to its end and call `stderr` once. */
export type RunningProcess = {
	readonly pid: number | undefined;
	readonly stdin: Writable;
	readonly stdout: Readable;
	/** Standard error by line, control sequences stripped. */
	readonly stderr: AsyncIterable<string>;
	/** Settles when the program has ended; resolves for every exit code, rejects with `cancelled` when the signal fired and with AppError when it could not be started. */
	readonly exit: Promise<{readonly exitCode: number; readonly signal: string | undefined}>;
	kill(signal?: NodeJS.Signals): void;
};

export interface Processes {
	/** Runs a program to its end with its output captured (at most 64 MB each). A non-zero exit code is a result, not an error; a missing program is AppError. */
	run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
	/** Starts a program for streaming in both directions with back-pressure. */
	start(command: string, args: readonly string[], options?: StartOptions): RunningProcess;
	/** Gives the terminal to a program (`psql`, an editor) and resolves with its exit code. */
	attach(command: string, args: readonly string[], options?: Omit<RunOptions, 'input'>): Promise<number>;
}

/** An answer, or why there is none. */
export type HttpAnswer =
	| {readonly status: number; readonly body: string}
	| {readonly status: null; readonly reason: string};

/** Requests to the application itself, for its health. Never throws for what the other side does. */
export interface Http {
	/** One GET; the first 64 KB of the body. */
	get(
		url: string,
		options: {readonly timeoutMs: number; readonly signal?: AbortSignal | undefined},
	): Promise<HttpAnswer>;
}

export interface Clock {
	/** Milliseconds since the epoch. */
	now(): number;
	/** Resolves after `milliseconds`; rejects with the signal's reason when it fires first. */
	sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** One container, as the list of the engine has it. */
export type ContainerSummary = {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	readonly imageId: string;
	/** created, running, paused, restarting, removing, exited or dead. */
	readonly state: string;
	/** For people: `Up 2 hours (healthy)`. */
	readonly status: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly createdAt: number;
};

export type ContainerDetails = {
	readonly id: string;
	readonly name: string;
	readonly image: string;
	readonly imageId: string;
	readonly createdAt: number;
	readonly platform: string | null;
	readonly restartCount: number;
	readonly state: {
		readonly status: string;
		readonly running: boolean;
		readonly exitCode: number;
		readonly oomKilled: boolean;
		/** What the engine says when it could not start it. */
		readonly error: string;
		/** ISO times; null when it never started or finished. */
		readonly startedAt: string | null;
		readonly finishedAt: string | null;
		readonly health: {
			readonly status: string;
			readonly failingStreak: number;
			readonly log: readonly {readonly exitCode: number; readonly output: string}[];
		} | null;
	};
	readonly user: string;
	readonly hostname: string;
	readonly environment: Readonly<Record<string, string>>;
	readonly entrypoint: readonly string[];
	readonly command: readonly string[];
	readonly workingDirectory: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly restartPolicy: string;
	readonly memoryLimitBytes: number | null;
	readonly shmSizeBytes: number | null;
	readonly networkMode: string;
	/** Host names that it is given beyond DNS: `host.docker.internal:host-gateway`. */
	readonly extraHosts: readonly string[];
	readonly mounts: readonly {
		readonly type: 'volume' | 'bind' | 'tmpfs' | string;
		/** Name of the volume; a hash of 64 digits for an anonymous one. */
		readonly name: string | null;
		/** Path on the engine's host. */
		readonly source: string;
		readonly target: string;
		readonly readOnly: boolean;
	}[];
	readonly networks: readonly {
		readonly name: string;
		readonly ipAddress: string;
		readonly aliases: readonly string[];
	}[];
	readonly ports: readonly {
		readonly container: number;
		readonly protocol: string;
		readonly hostIp: string;
		readonly host: number;
	}[];
};

export type ImageDetails = {
	readonly id: string;
	readonly tags: readonly string[];
	/** `repository@sha256:…` as pulled from a registry; empty for an image built here. */
	readonly digests: readonly string[];
	readonly architecture: string;
	readonly os: string;
	readonly sizeBytes: number;
	readonly createdAt: string;
	readonly environment: Readonly<Record<string, string>>;
	readonly labels: Readonly<Record<string, string>>;
	/** Paths that the image declares as VOLUME. */
	readonly volumes: readonly string[];
	readonly entrypoint: readonly string[];
	readonly command: readonly string[];
	readonly healthcheck: boolean;
};

export type EngineInfo = {
	readonly serverVersion: string;
	readonly apiVersion: string;
	readonly architecture: string;
	readonly os: string;
	readonly name: string;
	readonly memoryBytes: number;
	readonly cpus: number;
	readonly rootless: boolean;
	/** True when the engine's files are on this machine (unix socket), so that bind mounts and host paths mean the same here and there. */
	readonly local: boolean;
	/** The address in use, without credentials. */
	readonly host: string;
	/** For example `json-file`; `none` means that logs cannot be read. */
	readonly loggingDriver: string;
	readonly rootDirectory: string;
};

export type LogEntry = {
	/** Milliseconds since the epoch. */
	readonly time: number;
	readonly stream: 'stdout' | 'stderr';
	/** Control characters and escape sequences stripped. */
	readonly line: string;
};

export type EngineEvent = {
	readonly time: number;
	readonly action: string;
	readonly containerId: string;
	readonly labels: Readonly<Record<string, string>>;
};

/** Reading from the engine (dockerode). What changes things goes through the `docker` command. Every call throws AppError: engine-unreachable, engine-permission-denied. */
export interface Docker {
	/** The address that the `docker` command would use: DOCKER_HOST, else the current context. */
	info(signal?: AbortSignal): Promise<EngineInfo>;
	listContainers(
		filter?: {readonly project?: string; readonly label?: string; readonly all?: boolean},
		signal?: AbortSignal,
	): Promise<readonly ContainerSummary[]>;
	/** Undefined when there is no such container. */
	inspectContainer(id: string, signal?: AbortSignal): Promise<ContainerDetails | undefined>;
	/** Undefined when the image is not here. */
	inspectImage(reference: string, signal?: AbortSignal): Promise<ImageDetails | undefined>;
	/** Digest that the registry gives for a reference, without pulling; undefined when the registry is out of reach or wants to know who asks. */
	findRemoteDigest(reference: string, signal?: AbortSignal): Promise<string | undefined>;
	listVolumes(
		filter?: {readonly project?: string},
		signal?: AbortSignal,
	): Promise<
		readonly {readonly name: string; readonly labels: Readonly<Record<string, string>>; readonly mountpoint: string}[]
	>;
	/** Log lines of a container, oldest first; with `follow` until it ends or the signal fires. `tail` counts lines; `since` is in milliseconds since the epoch. */
	logs(
		id: string,
		options: {readonly tail?: number; readonly since?: number; readonly follow?: boolean},
		signal?: AbortSignal,
	): AsyncIterable<LogEntry>;
	events(filter: {readonly project?: string}, signal: AbortSignal): AsyncIterable<EngineEvent>;
	/** Processes of a running container: the commands. */
	top(id: string, signal?: AbortSignal): Promise<readonly string[]>;
}

/** Which compose project a command is about: the same words as Docker Compose's global flags. */
export type ComposeTarget = {
	readonly files: readonly string[];
	readonly projectName?: string | undefined;
	readonly projectDirectory?: string | undefined;
	readonly profiles: readonly string[];
	readonly envFiles: readonly string[];
	/** Folder to run in. */
	readonly cwd: string;
};

/** `docker compose`. Each call is one process; argv never holds a secret. */
export interface Compose {
	/** Compose's version, for example `2.26.1`. Throws AppError docker-cli-missing or compose-missing. */
	version(signal?: AbortSignal): Promise<string>;
	/** argv (after `docker`) for a subcommand on a target: `['compose', '-f', …, 'up', '-d']`. */
	argv(target: ComposeTarget, args: readonly string[]): readonly string[];
	/** Runs a subcommand with captured output; a non-zero exit is a result. */
	run(target: ComposeTarget, args: readonly string[], options?: RunOptions): Promise<RunResult>;
	/** Starts a subcommand for streaming. */
	start(target: ComposeTarget, args: readonly string[], options?: Omit<RunOptions, 'input'>): RunningProcess;
	/** The resolved model (`config --format json`), parsed as JSON, with Compose's warnings; throws compose-file-invalid with Compose's message. */
	config(
		target: ComposeTarget,
		options?: {readonly allProfiles?: boolean; readonly noInterpolate?: boolean},
		signal?: AbortSignal,
	): Promise<{readonly model: unknown; readonly warnings: readonly string[]}>;
}
