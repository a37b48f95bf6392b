import {randomBytes} from 'node:crypto';
import {access, cp, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {basename, join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {ensureImages} from './build-images.js';
import {type Checksums, readChecksums} from './checksums.js';
import {findDefinition, type StackDefinition, type StackName} from './definitions.js';
import {ensureCompose, ensureEngine} from './engine.js';
import {cloneApplication, publishRelease, stackSource} from './repository.js';
import {attempt, type Report, run} from './run.js';
import {labPath, prepareLabPath, withLock} from './state.js';

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
	/** Lines of `.env` added or replaced. */
	readonly env?: Readonly<Record<string, string>>;
	/** False: only the files are put in place, nothing runs. */
	readonly start?: boolean;
	/** False: the application starts on its empty schema. */
	readonly seed?: boolean;
	readonly report?: Report;
};

export type SqlOptions = {readonly database?: string; readonly service?: string};

/** One application of the lab, running under a project name of its own. */
export type LabStack = {
	readonly name: StackName;
	readonly project: string;
	/** The folder with the compose file; its name is the project's unless another was asked for. */
	readonly directory: string;
	readonly composeFiles: readonly string[];
	/** The application's health endpoint on this machine. */
	readonly healthUrl: string;
	readonly database: {readonly service: string; readonly user: string; readonly name: string};
	/** Runs `docker compose ARGS` on the stack and returns standard output. Throws when it fails. */
	compose(...args: readonly string[]): Promise<string>;
	/** Runs SQL as the stack's superuser through the socket; fields separated by `|`, no heading. */
	sql(query: string, options?: SqlOptions): Promise<string>;
	/** Checksums of all that a backup of that database has to bring back; equal maps mean equal databases. */
	checksums(database?: string): Promise<Checksums>;
	/** Resolves when the health endpoint answers 200. Throws with the containers' states after `timeoutMs`, default 60 000. */
	waitHealthy(timeoutMs?: number): Promise<void>;
	/** Makes a later release the newest of the origin, so that `git pull` brings it. Only for stacks that are git clones. */
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
	await placeFiles(definition, project, directory);
	await recordStack({name, project, directory});
	await writeDotenv(definition, directory, options.env ?? {});
	const stack = await openStack(name, directory, project);
	if (options.start !== false) {
		await stack.compose('up', '--detach', '--build', '--quiet-pull');
		await stack.waitHealthy();
		if (options.seed !== false) {
			await seed(definition, stack, options);
		}
	}
	return stack;
}

/** The stack that `startStack` has put into that folder, for a later process. */
export async function openStack(name: StackName, directory: string, project = basename(directory)): Promise<LabStack> {
	const definition = findDefinition(name);
	const {database, composeFiles, health} = definition;
	const dotenv = await readDotenv(directory);
	const files = composeFiles.flatMap(file => ['--file', join(directory, file)]);
	const argv = ['docker', 'compose', '--project-name', project, '--project-directory', directory, ...files];
	const healthUrl = `http://localhost:${dotenv[health.portVariable]}${health.path}`;

	const compose = (...args: readonly string[]) => run([...argv, ...args], {cwd: directory});
	const sql = (query: string, {database: target = database.name, service = database.service}: SqlOptions = {}) =>
		run([...argv, 'exec', '-T', service, ...psqlArguments(database.user, target)], {cwd: directory, input: query});

	return {
		name,
		project,
		directory,
		composeFiles,
		healthUrl,
		database,
		compose,
		sql,
		checksums: target => readChecksums(query => sql(query, target === undefined ? {} : {database: target})),
		async waitHealthy(timeoutMs = 60_000) {
			if (!(await answersWithin(healthUrl, timeoutMs))) {
				const states = await compose('ps', '--all', '--format', '{{.Service}}: {{.Status}}');
				const logs = await compose('logs', '--tail', '15', '--no-color');
				throw new Error(`${project} does not answer at ${healthUrl}.\n${states}\n${logs}`);
			}
		},
		publish: tag => publishRelease(originOf(project), tag),
		async remove() {
			await removeProject(project);
			await rm(directory, {recursive: true, force: true});
			await rm(originOf(project), {recursive: true, force: true});
			await rm(recordOf(project), {force: true});
		},
	};
}

/** Removes every container, network, volume and built image of a Compose project, whoever made them. */
export async function removeProject(project: string): Promise<void> {
	const label = `label=com.docker.compose.project=${project}`;
	const kinds = [
		{list: ['container', 'ls', '--all'], remove: ['container', 'rm', '--force', '--volumes']},
		{list: ['network', 'ls'], remove: ['network', 'rm']},
		{list: ['volume', 'ls'], remove: ['volume', 'rm', '--force']},
		{list: ['image', 'ls'], remove: ['image', 'rm', '--force']},
	];
	for (const {list, remove} of kinds) {
		const ids = (await run(['docker', ...list, '--quiet', '--filter', label])).split('\n').filter(id => id !== '');
		if (ids.length > 0) {
			await attempt(['docker', ...remove, ...new Set(ids)]);
		}
	}
}

export type StackRecord = {readonly name: StackName; readonly project: string; readonly directory: string};

/** The stacks that were started and not yet removed, by this or another process. */
export async function findStacks(): Promise<readonly StackRecord[]> {
	const files = await readdir(labPath('records')).catch(() => []);
	const texts = await Promise.all(files.map(file => readFile(labPath('records', file), 'utf8')));
	return texts.map(text => JSON.parse(text) as StackRecord);
}

async function recordStack(record: StackRecord): Promise<void> {
	await writeFile(await prepareLabPath('records', `${record.project}.json`), JSON.stringify(record));
}

function recordOf(project: string): string {
	return labPath('records', `${project}.json`);
}

function psqlArguments(user: string, database: string): readonly string[] {
	return ['psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', user, '-d', database, '-f', '-'];
}

async function placeFiles(definition: StackDefinition, project: string, directory: string): Promise<void> {
	const taken = await access(directory).then(
		() => true,
		() => false,
	);
	if (taken) {
		throw new Error(`${directory} exists already; choose another folder for ${project}.`);
	}
	await mkdir(join(directory, '..'), {recursive: true});
	if (definition.releases === undefined) {
		await cp(stackSource(definition.name, 'repository'), directory, {recursive: true});
	} else {
		await cloneApplication(definition, directory, await prepareLabPath('origins', `${project}.git`));
	}
}

function originOf(project: string): string {
	return labPath('origins', `${project}.git`);
}

async function writeDotenv(
	definition: StackDefinition,
	directory: string,
	overrides: Readonly<Record<string, string>>,
): Promise<void> {
	const variables: Record<string, string> = {...definition.env};
	for (const name of [definition.health.portVariable, ...(definition.portVariables ?? [])]) {
		variables[name] = `${await findFreePort()}`;
	}
	Object.assign(variables, overrides);
	const port = variables[definition.health.portVariable] ?? '';
	const lines = Object.entries(variables).map(
		([name, value]) => `${name}=${value.replaceAll(`\${${definition.health.portVariable}}`, port)}\n`,
	);
	await writeFile(join(directory, '.env'), lines.join(''), {mode: 0o600});
}

async function readDotenv(directory: string): Promise<Readonly<Record<string, string>>> {
	const text = await readFile(join(directory, '.env'), 'utf8');
	const pairs = text.split('\n').map(line => /^(\w+)=(.*)$/.exec(line));
	return Object.fromEntries(pairs.flatMap(match => (match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']])));
}

/** Bytes on disk that one row of the largest table takes with its indexes. */
const bytesPerRow = 330;

async function seed(definition: StackDefinition, stack: LabStack, options: StackOptions): Promise<void> {
	const rows =
		options.rows ?? (options.megabytes === undefined ? 3000 : Math.round((options.megabytes * 1e6) / bytesPerRow));
	const script = await readFile(stackSource(definition.name, 'seed.sql'), 'utf8');
	await stack.sql(`\\set rows ${rows}\n\\o /dev/null\n${script}`);
}

async function findFreePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '0.0.0.0', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
		});
	});
}

async function answersWithin(url: string, timeoutMs: number): Promise<boolean> {
	for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(250)) {
		const response = await fetch(url, {signal: AbortSignal.timeout(5000)}).catch(() => undefined);
		if (response?.ok) {
			return true;
		}
	}
	return false;
}
