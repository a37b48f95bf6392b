import {randomBytes} from 'node:crypto';
import {readFile, rm} from 'node:fs/promises';
import {get} from 'node:http';
import {basename, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {ensureImages} from './build-images.js';
import {type Checksums, readChecksums} from './checksums.js';
import {findDefinition, type StackDefinition, type StackName} from './definitions.js';
import {ensureCompose, ensureEngine} from './engine.js';
import {originOf, outsideOf, placeStack, readDotenv} from './place.js';
import {forgetStack, recordStack, removeProject} from './projects.js';
import {pushRelease} from './registry.js';
import {publishRelease, stackSource} from './repository.js';
import {type Report, run} from './run.js';
import {labPath, withLock} from './state.js';

export type {Checksums} from './checksums.js';
export type {StackName} from './definitions.js';

export type StackOptions = {
	/** The Compose project; default the stack's name with a random end. */
	readonly project?: string;
	/** Where to put it; must not exist yet. Default a folder of the project's name in the lab's state folder. */
	readonly directory?: string;
	/** Rows of the largest table; default 3000. */
	readonly rows?: number;
	/** About how large the database shall be on disk, in place of `rows`. 1000 takes about a minute. */
	readonly megabytes?: number;
	/** Variables of `.env` added or replaced, and of the stack's other env files replaced. */
	readonly env?: Readonly<Record<string, string>>;
	/** False: only the files are put in place, nothing runs. */
	readonly start?: boolean;
	/** False: the application starts on its empty schema. */
	readonly seed?: boolean;
	readonly report?: Report;
};

export type SqlOptions = {readonly database?: string; readonly service?: string};

export type OutsideDatabase = {readonly project: string; readonly directory: string; readonly url: string};

/** One application of the lab, running under a project name of its own. */
export type LabStack = {
	readonly name: StackName;
	readonly project: string;
	/** The folder with the compose file; its name is the project's unless another was asked for. */
	readonly directory: string;
	readonly composeFiles: readonly string[];
	/** The application's health endpoint on this machine. */
	readonly healthUrl: string;
	/** The server's service, its superuser and the application's database. */
	readonly database: {readonly service: string; readonly user: string; readonly name: string};
	/** Every database of the server that belongs to the stack. */
	readonly databases: readonly string[];
	/** Where the database server runs in a Compose project of its own: that project, and how this machine reaches it. */
	readonly outside: OutsideDatabase | undefined;
	/** Runs `docker compose ARGS` on the stack and returns standard output. Throws when it fails. */
	compose(...args: readonly string[]): Promise<string>;
	/** Runs SQL as the stack's superuser through the socket; fields separated by `|`, no heading. */
	sql(query: string, options?: SqlOptions): Promise<string>;
	/** Checksums of all that a backup of that database has to bring back; equal maps mean equal databases. */
	checksums(database?: string): Promise<Checksums>;
	/** Resolves when the health endpoint answers 200. Throws with the containers' states after `timeoutMs`, default 120 000. */
	waitHealthy(timeoutMs?: number): Promise<void>;
	/** Makes a later release the newest, so that `git pull`, or else `docker compose pull`, brings it. */
	publish(tag: string): Promise<void>;
	/** Removes containers, networks, volumes, built images and the folder. */
	remove(): Promise<void>;
};

/**
 * Makes sure that there is an engine with Compose; quick when there is. Images come with the stacks that need them.
 * Throws LabUnavailable with the reason where it may not install what is missing.
 */
export async function ensureLab(report: Report = () => {}): Promise<void> {
	await withLock('setup', async () => {
		await ensureEngine(report);
		await ensureCompose(report);
	});
}

/** Puts a stack in place, starts it, fills it with data and waits until it is healthy. */
export async function startStack(name: StackName, options: StackOptions = {}): Promise<LabStack> {
	const definition = findDefinition(name);
	const report = options.report ?? (() => {});
	await ensureLab(report);
	await ensureImages(definition.images, report);
	const project = options.project ?? `${name}-${randomBytes(3).toString('hex')}`;
	const directory = options.directory ?? labPath('stacks', project);
	await recordStack({name, project, directory});
	await placeStack(definition, project, directory, options.env ?? {});
	const stack = await openStack(name, directory, project);
	if (options.start !== false) {
		await startOutside(stack);
		await upAndBuild(stack);
		await stack.waitHealthy();
		if (options.seed !== false) {
			await seed(definition, stack, options);
		}
	}
	return stack;
}

/** Images that another test removes meanwhile may take a parent of what was built just now with them (seen with engine 20.10): such a build is done again. */
async function upAndBuild(stack: LabStack): Promise<void> {
	const up = () => stack.compose('up', '--detach', '--build', '--quiet-pull');
	try {
		await up();
	} catch (error) {
		if (!/no such image/i.test(String(error))) throw error;
		await up();
	}
}

/** The stack that `startStack` has put into that folder, for a later process. */
export async function openStack(name: StackName, directory: string, project = basename(directory)): Promise<LabStack> {
	const definition = findDefinition(name);
	const {database, composeFiles, health} = definition;
	const dotenv = await readDotenv(join(directory, '.env'));
	const outside = definition.outside === undefined ? undefined : await describeOutside(definition, project);
	const argv = composeArguments(project, directory, composeFiles);
	const databaseArgv =
		outside === undefined ? argv : composeArguments(outside.project, outside.directory, ['docker-compose.yml']);
	const healthUrl = `http://localhost:${dotenv[health.portVariable]}${health.path}`;

	const compose = (...args: readonly string[]) => run([...argv, ...args], {cwd: directory});
	const sql = (query: string, {database: target = database.name, service = database.service}: SqlOptions = {}) =>
		run([...databaseArgv, 'exec', '-T', service, ...psqlArguments(database.user, target)], {input: query});

	return {
		name,
		project,
		directory,
		composeFiles,
		healthUrl,
		database,
		databases: definition.databases,
		outside,
		compose,
		sql,
		checksums: target => readChecksums(query => sql(query, target === undefined ? {} : {database: target})),
		async waitHealthy(timeoutMs = 120_000) {
			if (!(await answersWithin(healthUrl, timeoutMs))) {
				const states = await compose('ps', '--all', '--format', '{{.Service}}: {{.Status}}');
				const logs = await compose('logs', '--tail', '15', '--no-color');
				throw new Error(`${project} does not answer at ${healthUrl}.\n${states}\n${logs}`);
			}
		},
		publish: tag =>
			definition.delivery === 'git' ? publishRelease(originOf(project), tag) : pushRelease(definition, project, tag),
		async remove() {
			for (const part of [project, ...(outside === undefined ? [] : [outside.project])]) {
				await removeProject(part);
			}
			for (const folder of [
				directory,
				originOf(project),
				`${originOf(project).slice(0, -4)}-content.git`,
				outsideOf(project),
			]) {
				await rm(folder, {recursive: true, force: true});
			}
			await forgetStack(project);
		},
	};
}

function composeArguments(project: string, directory: string, files: readonly string[]): readonly string[] {
	const paths = files.flatMap(file => ['--file', join(directory, file)]);
	return ['docker', 'compose', '--project-name', project, '--project-directory', directory, ...paths];
}

function psqlArguments(user: string, database: string): readonly string[] {
	return ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', user, '-d', database, '-f', '-'];
}

async function describeOutside(definition: StackDefinition, project: string): Promise<OutsideDatabase> {
	const directory = outsideOf(project);
	const {DATABASE_PASSWORD = '', DATABASE_PORT} = await readDotenv(join(directory, '.env'));
	const {user, name} = definition.database;
	return {
		project: basename(directory),
		directory,
		url: `postgres://${user}:${encodeURIComponent(DATABASE_PASSWORD)}@127.0.0.1:${DATABASE_PORT}/${name}`,
	};
}

async function startOutside({outside}: LabStack): Promise<void> {
	if (outside !== undefined) {
		await run([
			...composeArguments(outside.project, outside.directory, ['docker-compose.yml']),
			'up',
			'--detach',
			'--wait',
		]);
	}
}

/** Bytes on disk that one row of the largest table takes with its indexes. */
const bytesPerRow = 378;

async function seed(definition: StackDefinition, stack: LabStack, options: StackOptions): Promise<void> {
	const rows =
		options.rows ?? (options.megabytes === undefined ? 3000 : Math.round((options.megabytes * 1e6) / bytesPerRow));
	const script = await readFile(stackSource(definition.name, 'seed.sql'), 'utf8');
	await stack.sql(`\\set rows ${rows}\n\\o /dev/null\n${script}`);
}

async function answersWithin(url: string, timeoutMs: number): Promise<boolean> {
	for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(250)) {
		if (await answersOk(url)) {
			return true;
		}
	}
	return false;
}

/** By node:http: a fetch that Docker's port proxy accepts and drops may never settle, and nothing keeps Node alive then. */
function answersOk(url: string): Promise<boolean> {
	return new Promise(resolve => {
		const request = get(url, {timeout: 5000}, response => {
			response.resume();
			resolve(response.statusCode === 200);
		});
		request.once('timeout', () => request.destroy());
		request.once('error', () => resolve(false));
		request.once('close', () => resolve(false));
	});
}
