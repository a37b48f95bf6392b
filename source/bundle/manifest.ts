import * as z from 'zod';
import {AppError} from '../errors.js';

/** Version of the bundle's format: raised when an older Lifeboat could misread a newer bundle. */
export const bundleVersion = 1;
const bundleFormat = 'lifeboat-bundle';

/** Path of the manifest inside a bundle: always the last entry, so that a bundle that has one is complete. */
export const manifestPath = 'manifest.json';
/** Path of the guide for restoring without Lifeboat. */
export const guidePath = 'RESTORE.md';

const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/u, 'is not a sha256');
const countSchema = z.number().int().nonnegative();

const partSchema = z.object({
	/** Path inside the zip, with forward slashes. */
	path: z.string().min(1),
	bytes: countSchema,
	sha256: sha256Schema,
	kind: z.enum(['dump', 'globals', 'config', 'volume', 'guide', 'other']),
	/** Permissions of a file of the configuration, as it was found. */
	mode: z.number().int().min(0).max(0o777).optional(),
});

const tableSchema = z.object({
	schema: z.string(),
	name: z.string(),
	kind: z.enum(['table', 'partitioned', 'partition', 'hypertable', 'foreign', 'materialized-view']),
	/** Rows in the dump's own snapshot; null when they were not counted (schema only, foreign tables). */
	rows: countSchema.nullable(),
});

const databaseSchema = z.object({
	name: z.string(),
	/** Compose service of the server. */
	service: z.string(),
	owner: z.string(),
	encoding: z.string(),
	collate: z.string().nullable(),
	ctype: z.string().nullable(),
	localeProvider: z.enum(['libc', 'icu', 'builtin']).nullable(),
	/** ICU or builtin locale name. */
	locale: z.string().nullable(),
	collationVersion: z.string().nullable(),
	tablespace: z.string(),
	/** What ALTER DATABASE … SET and ALTER ROLE … IN DATABASE … SET left; `role` is null for the former. */
	settings: z.array(z.object({role: z.string().nullable(), name: z.string(), value: z.string()})),
	/** -1 is no limit. */
	connectionLimit: z.number().int(),
	comment: z.string().nullable().default(null),
	icuRules: z.string().nullable().default(null),
	/** What is granted on the database itself; `role` is null for PUBLIC. Null when nothing was ever granted or revoked. */
	grants: z
		.array(z.object({role: z.string().nullable(), privilege: z.string(), grantable: z.boolean()}))
		.nullable()
		.default(null),
	/** Size on the server, not of the dump. */
	sizeBytes: countSchema.nullable(),
	extensions: z.array(z.object({name: z.string(), version: z.string(), schema: z.string().nullable().default(null)})),
	tables: z.array(tableSchema),
	sequences: countSchema.nullable(),
	largeObjects: countSchema.nullable(),
	/** State of the tools that migrate the schema: the table, how many rows it has, and the last one's name or hash. */
	migrations: z.array(z.object({tool: z.string(), table: z.string(), count: countSchema, last: z.string().nullable()})),
	dump: z.object({
		/** Path of the part; for the directory format the folder, without a trailing slash. */
		path: z.string().min(1),
		format: z.enum(['custom', 'plain', 'directory']),
		compression: z.enum(['none', 'gzip', 'lz4', 'zstd']),
		/** Made with --no-owner and --no-acl. */
		withoutOwners: z.boolean().default(false),
	}),
	/** Null for a whole database. */
	partial: z
		.object({
			schemaOnly: z.boolean(),
			/** Patterns as given to pg_dump --table; empty for all. */
			tables: z.array(z.string()),
			/** What a restore of this dump alone does not bring back, in plain words. */
			lacks: z.array(z.string()),
		})
		.nullable(),
});

const serverSchema = z.object({
	/** Compose service, or the host of an external database. */
	service: z.string(),
	image: z.string().nullable(),
	/** Address of a server outside of the stack; null for a service of it. */
	external: z.object({host: z.string(), port: z.number().int()}).nullable().default(null),
	/** For example `17.11`. */
	serverVersion: z.string(),
	major: z.number().int(),
	/** Version of the pg_dump that wrote the dumps. */
	clientVersion: z.string(),
	/** The role that dumped, and its maintenance database. */
	user: z.string(),
	/** Path of the part with roles and tablespaces; null when it could not be read. */
	globals: z.string().nullable(),
	/** Whether the globals hold password verifiers. */
	rolePasswords: z.boolean(),
	databases: z.array(databaseSchema),
});

const serviceSchema = z.object({
	name: z.string(),
	role: z.string().nullable().default(null),
	/** Reference as the compose file has it; null for a service that is only built. */
	image: z.string().nullable(),
	/** `sha256:…` of the image in use. */
	imageId: z.string().nullable(),
	/** `repository@sha256:…` as pulled; null for an image built here. */
	digest: z.string().nullable(),
	build: z.boolean().default(false),
});

const manifestSchema = z.object({
	format: z.literal(bundleFormat),
	version: z.literal(bundleVersion),
	tool: z.object({name: z.string(), version: z.string()}),
	/** ISO time, UTC. */
	createdAt: z.iso.datetime(),
	project: z.string(),
	/** Name of the stack's directory, without the path. */
	directory: z.string(),
	/** As under `config/`, relative to the directory. */
	composeFiles: z.array(z.string()),
	envFiles: z.array(z.string()).default([]),
	/** The flags with which `docker compose` meant the stack, where it needs any; files relative to the directory. */
	flags: z
		.object({
			files: z.array(z.string()),
			profiles: z.array(z.string()),
			envFiles: z.array(z.string()),
			projectName: z.string().nullable(),
		})
		.default({files: [], profiles: [], envFiles: [], projectName: null}),
	services: z.array(serviceSchema),
	/** Revision of the stack's git clone; null when it is none. */
	git: z
		.object({
			revision: z.string(),
			branch: z.string().nullable().default(null),
			dirty: z.boolean(),
			/** Where it was cloned from, without credentials. */
			remote: z.string().nullable().default(null),
		})
		.nullable(),
	servers: z.array(serverSchema),
	/** Volumes and bind folders that are in the bundle. */
	volumes: z
		.array(
			z.object({
				name: z.string(),
				service: z.string(),
				target: z.string(),
				type: z.enum(['volume', 'bind']).default('volume'),
				/** The engine's own name of the volume, or the absolute path of the folder. */
				source: z.string().nullable().default(null),
				path: z.string(),
			}),
		)
		.default([]),
	/** Salted hashes of secrets, to see later whether a key is still the same (`fingerprints.ts`). */
	fingerprints: z.object({
		algorithm: z.string(),
		salt: z.string(),
		entries: z.record(z.string(), z.string()),
	}),
	/** Every entry of the bundle but the manifest itself, in the order of the zip. */
	parts: z.array(partSchema),
	/** What the tools wrote to standard error, redacted. */
	toolOutput: z.array(z.object({tool: z.string(), database: z.string().nullable(), lines: z.array(z.string())})),
	warnings: z.array(z.object({message: z.string(), hint: z.string().nullable()})),
	/** What belongs to the stack and is not in here, in plain words, each with what to do about it. */
	notCovered: z.array(z.object({what: z.string(), why: z.string()})),
});

export type Manifest = z.infer<typeof manifestSchema>;
export type ManifestPart = Manifest['parts'][number];
export type PartKind = ManifestPart['kind'];
export type ManifestServer = Manifest['servers'][number];
export type ManifestDatabase = ManifestServer['databases'][number];
export type ManifestTable = ManifestDatabase['tables'][number];
export type ManifestService = Manifest['services'][number];

/** What the backup flow knows; the writer adds format, version and parts. */
export type ManifestContent = Omit<z.input<typeof manifestSchema>, 'format' | 'version' | 'parts'>;

/** Builds the manifest of a bundle from its content and the parts that were written. Throws a ZodError (a mistake of ours) when a field is wrong. */
export function buildManifest(content: ManifestContent, parts: readonly ManifestPart[]): Manifest {
	return manifestSchema.parse({format: bundleFormat, version: bundleVersion, ...content, parts});
}

/** The manifest as it stands in the bundle: indented JSON, one trailing line end. */
export function renderManifest(manifest: Manifest): string {
	return `${JSON.stringify(manifest, null, '\t')}\n`;
}

const headSchema = z.object({
	format: z.literal(bundleFormat),
	version: z.number().int().positive(),
	tool: z.object({version: z.string()}).partial().optional(),
});

/** Whether parsed JSON claims to be a manifest of ours, of whatever version. */
export function isManifest(value: unknown): boolean {
	return headSchema.safeParse(value).success;
}

/**
 * Reads the text of a manifest. `file` is for the messages.
 * Throws AppError bundle-damaged when it is no JSON or a field is wrong, bundle-unreadable when it is not ours or of a newer format.
 */
export function parseManifest(text: string, file: string): Manifest {
	const value = parseJson(text, file);
	const head = headSchema.safeParse(value);
	if (!head.success) {
		throw new AppError('bundle-unreadable', `${file} has a ${manifestPath} that is not Lifeboat's`, {
			hint: 'Name a backup made by Lifeboat, or a dump made by pg_dump',
			details: [z.prettifyError(head.error)],
		});
	}

	if (head.data.version > bundleVersion) throw newerFormat(file, head.data.version, head.data.tool?.version);
	const manifest = manifestSchema.safeParse(value);
	if (manifest.success) return manifest.data;
	throw new AppError('bundle-damaged', `The manifest of ${file} does not have the shape of format ${bundleVersion}`, {
		hint: 'Use another backup, or follow RESTORE.md inside this one by hand',
		details: z.prettifyError(manifest.error).split('\n').slice(0, 20),
	});
}

function parseJson(text: string, file: string): unknown {
	try {
		return JSON.parse(text);
	} catch (error) {
		throw new AppError('bundle-damaged', `The manifest of ${file} is not valid JSON`, {
			hint: 'Use another backup, or follow RESTORE.md inside this one by hand',
			cause: error,
		});
	}
}

function newerFormat(file: string, version: number, toolVersion: string | undefined): AppError {
	const maker = toolVersion === undefined ? 'a newer Lifeboat' : `Lifeboat ${toolVersion}`;
	return new AppError(
		'bundle-unreadable',
		`${file} was written by ${maker} in bundle format ${version}; this Lifeboat reads formats up to ${bundleVersion}`,
		{hint: 'Run the newest Lifeboat on this file', fix: ['npx', 'compose-lifeboat@latest', 'verify', file]},
	);
}
