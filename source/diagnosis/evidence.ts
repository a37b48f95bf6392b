import * as z from 'zod';
import {AppError} from '../errors.js';

/*
 * The support bundle: what the live gatherer writes and the offline diagnosis reads. Every list may be missing and every
 * value may be null (unknown); fields that this version does not know are kept out of the way, not refused.
 */

const text = z.string().nullish();
const number = z.number().nullish();
const flag = z.boolean().nullish();

/** Accepts null, a missing value or a wrong kind of value as "nothing gathered". */
function listOf<Item extends z.ZodType>(item: Item) {
	return z
		.array(item)
		.nullish()
		.transform(list => list ?? []);
}

/** Log lines; a single text is taken apart. */
const lines = z
	.union([z.array(z.unknown()), z.string()])
	.nullish()
	.transform(value =>
		typeof value === 'string' ? value.split('\n') : (value ?? []).filter(line => typeof line === 'string'),
	);

/** Values as the process really got them, redacted where secret (`postgres://app:***@db:5432/app`, `***`, and '' for empty). */
const environment = z
	.record(z.string(), z.unknown())
	.nullish()
	.transform(
		values =>
			Object.fromEntries(
				Object.entries(values ?? {})
					.filter(([, value]) => value !== null && value !== undefined)
					.map(([name, value]) => [name, String(value)]),
			) as Record<string, string>,
	);

const serviceSchema = z.object({
	/** Name in the compose file. */
	service: z.string(),
	/** Role as in `detect`: app, worker, migrate, database, cache, pooler, object-store, proxy, backup, other. */
	role: text,
	/** Image reference as written. */
	image: text,
	/** created, running, paused, restarting, exited, dead or absent. */
	state: text,
	exitCode: number,
	oomKilled: flag,
	/** healthy, unhealthy, starting; null without a health check. */
	health: text,
	environment,
	/** The newest lines, oldest first, both streams. */
	log: lines,

	/** Name of the container. */
	container: text,
	/** How often the engine restarted it. */
	restartCount: number,
	/** `State.Error` of the engine: why it could not start it. */
	stateError: text,
	/** ISO times of the last start and end. */
	startedAt: text,
	finishedAt: text,
	/** ISO time at which the container was created: its environment is from then. */
	createdAt: text,
	/** Newest results of the health check, oldest first. */
	healthLog: listOf(z.object({exitCode: number, output: text})),
	/** The health check's command, for people. */
	healthCommand: text,
	mounts: listOf(
		z.object({
			/** volume, bind, tmpfs. */
			type: text,
			/** Name of the volume. */
			name: text,
			/** Path on the engine's host. */
			source: text,
			target: text,
			readOnly: flag,
			/** ISO time at which the volume was created. */
			createdAt: text,
			/** Owner and mode of the folder: `999:999`, `0700`. */
			owner: text,
			mode: text,
			/** What stands there on the host: file, directory, missing. */
			kind: text,
		}),
	),
	/** Names of the networks that the container is attached to. */
	networks: listOf(z.string()),
	/** Names that answer for it in those networks. */
	aliases: listOf(z.string()),
	/** `host`, `bridge` or the name of a network. */
	networkMode: text,
	/** Published ports. */
	ports: listOf(z.object({container: number, host: number, hostIp: text})),
	/** CPU of the image: amd64, arm64. */
	architecture: text,
	imageDigest: text,
	/** User that its process runs as, as the container was told; empty for the image's own. */
	user: text,
	memoryLimitBytes: number,
	shmSizeBytes: number,
	/** Service name and condition (service_started, service_healthy, service_completed_successfully). */
	dependsOn: listOf(z.object({service: z.string(), condition: text})),
	/** Logs of earlier runs of a crashing container, oldest first. */
	earlierLogs: listOf(lines),
	/** What the container's own files tell: `crlf` in the entry point's first line. */
	entrypointLineEnds: text,
});

const probeSchema = z.object({
	/** Service from whose network it was tried. */
	service: z.string(),
	/** Variable whose value was tried (`DATABASE_URL`), or the URL that was asked for; never the value. */
	variable: text,
	/** How far it is about: dns, tcp, tls, auth, database, permission, http (from outside), http-inside. */
	step: z.string(),
	ok: z.boolean(),
	/** What the tool said, redacted: the same words as in a log. */
	detail: text,
	host: text,
	port: number,
	/** HTTP status of a `http` probe. */
	status: number,
	/** The password that was tried is the one that the server's own container has; never the password. */
	samePassword: flag,
	/** The connection string says nothing of TLS and the server was reached with it: a driver that does not try TLS by itself may be refused. */
	tlsUnasked: flag,
});

/** What may be said of a secret: never the value. */
const secretSchema = z.object({
	service: z.string(),
	variable: z.string(),
	/** Characters; a line end or a quote at the end counts. */
	length: z.number(),
	/** The estimate of better-auth: log2(different characters ^ length). */
	entropyBits: number,
});

const serverSchema = z.object({
	/** Service of the server. */
	service: z.string(),
	/** Accepts connections now. */
	ready: flag,
	version: text,
	roles: listOf(z.string()),
	databases: listOf(z.string()),
	settings: z.record(z.string(), z.string()).nullish(),
	/** Open connections, all together. */
	connections: number,
	maxConnections: number,
	/** Migration history: the tool (prisma, drizzle, knex, …), applied and failed entries. */
	migrations: listOf(z.object({tool: z.string(), database: text, applied: number, failed: number, latest: text})),
	/** Tables outside of the system's own schemas, in the database that the application uses. */
	tables: number,
	/** The same for each database. */
	tablesByDatabase: z.record(z.string(), z.number()).nullish(),
	/** Databases whose recorded collation version is not the system's. */
	collationMismatches: listOf(z.string()),
	/** `PG_VERSION` of the data directory. */
	dataMajor: number,
	/** Owner (`999:999`) and mode (`0700`) of the data directory, and the server's user inside of the container. */
	dataOwner: text,
	dataMode: text,
	serverUser: text,
	/** Process that `postmaster.pid` names. */
	lockPid: number,
	/** Advisory locks and who holds them. */
	locks: listOf(
		z.object({pid: number, application: text, state: text, seconds: number, address: text, waiting: number}),
	),
	extensions: listOf(z.object({name: z.string(), version: text, available: text})),
});

export const evidenceSchema = z.object({
	format: z.literal('lifeboat-evidence'),
	version: z.literal(1),
	project: text,
	services: listOf(serviceSchema),
	/** Output of `docker compose` itself, stderr and stdout. */
	compose: lines,
	/** Output of the engine or of the docker command. */
	engine: lines,

	/** ISO time of gathering. */
	collectedAt: text,
	/** Version of Lifeboat that gathered it. */
	tool: text,
	/** Names of all services of the compose file, also those without a container. */
	serviceNames: listOf(z.string()),
	/** What is wrong with the compose file beyond Compose's own warnings. */
	composeFindings: listOf(z.object({file: text, message: z.string()})),
	/** Env files: there or not, and oddities by line (`crlf`, `bom`, `quote`, `dollar`, `comment`, `space`). */
	envFiles: listOf(
		z.object({
			path: z.string(),
			exists: flag,
			findings: listOf(z.object({line: number, variable: text, kind: z.string(), message: text})),
		}),
	),
	/** Variables whose value in the container is not that of the files: recreate, or never loaded. */
	environmentDrift: listOf(z.object({service: z.string(), variable: z.string(), kind: z.string()})),
	/** Services whose definition in the files is not what their containers were made from; `file` is an override that was added since. */
	edited: listOf(z.object({service: z.string(), file: text})),
	/** Migrations in the files of the stack against the books of the tool in the database; `pending` are the names of those not applied. */
	migrationFiles: listOf(
		z.object({
			service: z.string(),
			tool: z.string(),
			folder: z.string(),
			files: z.number(),
			applied: z.number(),
			pending: listOf(z.string()),
		}),
	),
	/** Room: the engine's root, data volumes, `/dev/shm`. */
	disk: listOf(z.object({path: z.string(), service: text, sizeBytes: number, freeBytes: number, inodesFree: number})),
	/** Memory of the engine's machine. */
	memory: z.object({totalBytes: number, availableBytes: number}).nullish(),
	/** Host ports that are taken, and by whom. */
	portsInUse: listOf(z.object({port: z.number(), owner: text})),
	/** The engine: version and CPU. */
	engineInfo: z.object({version: text, architecture: text, composeVersion: text}).nullish(),
	/** Length and strength of the secrets that the services have. */
	secrets: listOf(secretSchema),
	/** The servers' own view. */
	servers: listOf(serverSchema),
	/** Connections and URLs that were tried for real. */
	probes: listOf(probeSchema),
	/** What the engine noted lately: die, kill, oom. */
	events: listOf(z.object({service: z.string(), action: z.string(), time: text, exitCode: number, signal: number})),
	git: z.object({revision: text, branch: text, dirty: flag}).nullish(),
	/** The address that the user types, when they said it. */
	publicUrl: text,
});

export type Evidence = z.output<typeof evidenceSchema>;
/** What may be written: everything optional but format, version and names. */
export type EvidenceInput = z.input<typeof evidenceSchema>;
export type ServiceEvidence = z.output<typeof serviceSchema>;
export type Probe = z.output<typeof probeSchema>;

/** Reads an evidence file's content. Throws AppError `bundle-unreadable` for what is no evidence file. */
export function parseEvidence(content: string, file: string): Evidence {
	let document: unknown;
	try {
		document = JSON.parse(content);
	} catch (error) {
		throw unreadable(file, 'it is not JSON', error);
	}

	const parsed = evidenceSchema.safeParse(document);
	if (parsed.success) return parsed.data;
	throw unreadable(file, z.prettifyError(parsed.error).split('\n')[0] ?? 'its shape is unknown', parsed.error);
}

function unreadable(file: string, reason: string, cause: unknown): AppError {
	return new AppError('bundle-unreadable', `${file} is not an evidence file: ${reason}`, {
		hint: 'Write one with `lifeboat troubleshoot --save FILE`',
		cause,
	});
}
