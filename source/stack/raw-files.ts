import {readFile} from 'node:fs/promises';
import {dirname, isAbsolute, join, resolve} from 'node:path';
import {isAlias, isMap, isScalar, isSeq, parseDocument} from 'yaml';
import {envFileValues, expandVariables, variableNames} from './env-file.js';
import {findSwallowed, type SwallowedDollar, swallowedIn} from './swallowed-dollars.js';

/** One definition of a service in one file, as written there. Later definitions win. */
export type RawDefinition = {
	readonly file: string;
	/** Values with their `$NAME`s; null for a bare name, which is passed through from `.env` or the shell. */
	readonly environment: Readonly<Record<string, string | null>>;
	readonly envFiles: readonly {readonly path: string; readonly values: Readonly<Record<string, string>>}[];
	readonly mounts: readonly {readonly source: string; readonly target: string}[];
	readonly image: string | null;
};

/** What the compose files say before Docker Compose resolves them: where each fact comes from. Holds secrets: never print it. */
export type RawFiles = {
	/** Absolute paths of all files, those of `include` and `extends` too, in the order in which they were read. */
	readonly composeFiles: readonly string[];
	/** Files that interpolation reads, as far as they exist. */
	readonly dotenvFiles: readonly string[];
	/** Every `env_file` of a service, as far as it exists. */
	readonly envFiles: readonly string[];
	readonly services: ReadonlyMap<string, readonly RawDefinition[]>;
	/** Names that the compose files interpolate. */
	readonly interpolated: readonly string[];
	/** What interpolation reads: the `.env` files, then the shell, which wins. */
	readonly variables: Readonly<Record<string, string>>;
	/** Names set in `.env` files, with their values. */
	readonly dotenv: Readonly<Record<string, string>>;
	/** Values in which a `$` was taken for a variable that is set nowhere. */
	readonly swallowed: readonly SwallowedDollar[];
	/** Compose or env files that are named but cannot be read. */
	readonly missing: readonly string[];
};

export type RawSource = {
	/** Top-level compose files in order, absolute. */
	readonly files: readonly string[];
	readonly projectDirectory: string;
	/** `--env-file`s; without one the `.env` of the project directory and of the folder that Compose runs in. */
	readonly envFiles: readonly string[];
	readonly cwd: string;
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Text of a file; undefined when it cannot be read. */
	readonly read?: (path: string) => Promise<string | undefined>;
};

const readText = async (path: string) => {
	try {
		return await readFile(path, 'utf8');
	} catch {
		return undefined;
	}
};

/** Reads the compose files and all files that they lead to. Never throws for a file that is missing or broken: it is named in `missing`. */
export async function readRawFiles(source: RawSource): Promise<RawFiles> {
	const read = source.read ?? readText;
	const missing: string[] = [];
	const swallowed: SwallowedDollar[] = [];
	const dotenvFiles: string[] = [];
	let dotenv: Readonly<Record<string, string>> = {};
	const candidates =
		source.envFiles.length > 0
			? source.envFiles
			: [...new Set([join(source.projectDirectory, '.env'), join(source.cwd, '.env')])];
	for (const path of candidates) {
		const content = await read(path);
		if (content !== undefined) {
			dotenvFiles.push(path);
			swallowed.push(...findSwallowed(path, content, {...dotenv, ...source.environment}));
			dotenv = {...envFileValues(content, {...dotenv, ...source.environment}), ...dotenv};
		} else if (source.envFiles.length > 0) missing.push(path);
	}

	const shell = Object.fromEntries(
		Object.entries(source.environment).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
	);
	const reader = new RawReader(read, {...dotenv, ...shell}, missing);
	for (const file of source.files) await reader.readComposeFile(file, source.projectDirectory);
	return {
		composeFiles: [...reader.composeFiles],
		dotenvFiles,
		envFiles: [...reader.envFiles],
		services: reader.services,
		interpolated: [...reader.interpolated],
		variables: {...dotenv, ...shell},
		dotenv,
		swallowed: [...swallowed, ...reader.swallowed],
		missing,
	};
}

/** What is known when no file can be read. */
export function noRawFiles(): RawFiles {
	return {
		composeFiles: [],
		dotenvFiles: [],
		envFiles: [],
		services: new Map(),
		interpolated: [],
		variables: {},
		dotenv: {},
		swallowed: [],
		missing: [],
	};
}

type Json = string | number | boolean | null | readonly Json[] | {readonly [key: string]: Json};
type JsonMap = {readonly [key: string]: Json};

class RawReader {
	readonly composeFiles = new Set<string>();
	readonly envFiles = new Set<string>();
	readonly interpolated = new Set<string>();
	readonly services = new Map<string, RawDefinition[]>();
	readonly swallowed: SwallowedDollar[] = [];
	readonly #read: (path: string) => Promise<string | undefined>;
	readonly #variables: Readonly<Record<string, string>>;
	readonly #missing: string[];
	readonly #documents = new Map<string, JsonMap | undefined>();

	constructor(
		read: (path: string) => Promise<string | undefined>,
		variables: Readonly<Record<string, string>>,
		missing: string[],
	) {
		this.#read = read;
		this.#variables = variables;
		this.#missing = missing;
	}

	async readComposeFile(file: string, directory: string): Promise<void> {
		if (this.composeFiles.has(file)) return;
		const document = await this.#load(file);
		if (document === undefined) return;
		for (const include of asList(document['include'])) await this.#readInclude(include, directory);
		for (const [name, definition] of Object.entries(asMap(document['services']))) {
			await this.#readService(name, asMap(definition), file, directory);
		}
	}

	async #readInclude(include: Json, directory: string): Promise<void> {
		const entry = asMap(include);
		const paths = typeof include === 'string' ? [include] : asList(entry['path']).map(String);
		const files = paths.map(path => this.#resolve(directory, path));
		const first = files[0];
		if (first === undefined) return;
		const own = entry['project_directory'];
		const projectDirectory = typeof own === 'string' ? this.#resolve(directory, own) : dirname(first);
		for (const file of files) await this.readComposeFile(file, projectDirectory);
	}

	async #readService(name: string, definition: JsonMap, file: string, directory: string, seen = new Set<string>()) {
		const {extends: base} = definition;
		if (base !== undefined && base !== null) {
			const from = asMap(base);
			const baseName = typeof base === 'string' ? base : String(from['service'] ?? '');
			const baseFile = typeof from['file'] === 'string' ? this.#resolve(directory, from['file']) : file;
			const key = `${baseFile}#${baseName}`;
			const document = seen.has(key) ? undefined : await this.#load(baseFile);
			const baseDefinition = asMap(asMap(document?.['services'])[baseName]);
			const baseDirectory = baseFile === file ? directory : dirname(baseFile);
			await this.#readService(name, baseDefinition, baseFile, baseDirectory, seen.add(key));
		}

		const envFiles: {path: string; values: Readonly<Record<string, string>>}[] = [];
		for (const entry of asList(definition['env_file'])) {
			const path = typeof entry === 'string' ? entry : String(asMap(entry)['path'] ?? '');
			if (path === '') continue;
			const absolute = this.#resolve(directory, path);
			const content = await this.#read(absolute);
			if (content === undefined) {
				if (asMap(entry)['required'] !== false) this.#missing.push(absolute);
				continue;
			}

			if (!this.envFiles.has(absolute)) this.swallowed.push(...findSwallowed(absolute, content, this.#variables));
			this.envFiles.add(absolute);
			envFiles.push({path: absolute, values: envFileValues(content, this.#variables)});
		}

		const environment = toEnvironment(definition['environment']);
		for (const [key, value] of Object.entries(environment)) {
			const variable = swallowedIn(value ?? '', this.#variables);
			if (variable !== undefined) this.swallowed.push({file, name: key, variable});
		}

		const image = definition['image'];
		const own: RawDefinition = {
			file,
			environment,
			envFiles,
			mounts: asList(definition['volumes']).flatMap(volume => toRawMount(volume) ?? []),
			image: typeof image === 'string' ? image : null,
		};
		this.services.set(name, [...(this.services.get(name) ?? []), own]);
	}

	async #load(file: string): Promise<JsonMap | undefined> {
		if (this.#documents.has(file)) return this.#documents.get(file);
		const content = await this.#read(file);
		const document = content === undefined ? undefined : parseComposeYaml(content);
		if (document === undefined) this.#missing.push(file);
		else {
			this.composeFiles.add(file);
			for (const value of stringsIn(document)) for (const name of variableNames(value)) this.interpolated.add(name);
		}

		this.#documents.set(file, document);
		return document;
	}

	#resolve(directory: string, path: string): string {
		const expanded = expandVariables(path, name => this.#variables[name]);
		return isAbsolute(expanded) ? expanded : resolve(directory, expanded);
	}
}

/** Parses a compose file with anchors, merge keys and Compose's own tags; undefined when it is not a map. */
function parseComposeYaml(content: string): JsonMap | undefined {
	try {
		const document = parseDocument(content, {merge: true, uniqueKeys: false, strict: false, logLevel: 'silent'});
		const {contents} = document;
		if (!isMap(contents)) return undefined;
		const services = contents.get('services');
		// `!reset` takes a key away that an earlier file has given.
		if (isMap(services)) dropReset(services);
		return document.toJS({maxAliasCount: 10_000}) as JsonMap;
	} catch {
		return undefined;
	}
}

function dropReset(node: unknown): void {
	if (isAlias(node) || isScalar(node)) return;
	if (isSeq(node)) for (const item of node.items) dropReset(item);
	if (!isMap(node)) return;
	node.items = node.items.filter(pair => (pair.value as {tag?: string} | null)?.tag !== '!reset');
	for (const pair of node.items) dropReset(pair.value);
}

function toEnvironment(environment: Json | undefined): Readonly<Record<string, string | null>> {
	if (Array.isArray(environment)) {
		return Object.fromEntries(
			environment.map(entry => {
				const [, name = String(entry), value] = /^([^=]*)=(.*)$/s.exec(String(entry)) ?? [];
				return [name, value ?? null];
			}),
		);
	}

	return Object.fromEntries(
		Object.entries(asMap(environment)).map(([name, value]) => [name, value === null ? null : String(value)]),
	);
}

function toRawMount(volume: Json): {readonly source: string; readonly target: string} | undefined {
	if (typeof volume !== 'string') {
		const {source, target} = asMap(volume);
		return typeof source === 'string' && typeof target === 'string' ? {source, target} : undefined;
	}

	const [source, target] = splitOutsideBraces(volume);
	return source !== undefined && target !== undefined ? {source, target} : undefined;
}

/** Splits `source:target:mode` at colons that are not inside of `${…}`. */
function splitOutsideBraces(volume: string): readonly string[] {
	const parts: string[] = [''];
	let depth = 0;
	for (const character of volume) {
		if (character === '{') depth++;
		if (character === '}') depth--;
		if (character === ':' && depth === 0) parts.push('');
		else parts[parts.length - 1] += character;
	}

	return parts;
}

function* stringsIn(node: Json): Generator<string> {
	if (typeof node === 'string') yield node;
	else if (Array.isArray(node)) for (const item of node) yield* stringsIn(item);
	else if (typeof node === 'object' && node !== null) for (const item of Object.values(node)) yield* stringsIn(item);
}

function asMap(node: Json | undefined): JsonMap {
	return typeof node === 'object' && node !== null && !Array.isArray(node) ? (node as JsonMap) : {};
}

function asList(node: Json | undefined): readonly Json[] {
	if (Array.isArray(node)) return node;
	return node === undefined || node === null ? [] : [node];
}
