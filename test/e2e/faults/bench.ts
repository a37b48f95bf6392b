import {mkdtempSync} from 'node:fs';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {type Checksums, type LabStack, type StackName, type StackOptions, startStack} from '../../lab/lab.js';
import {attempt, type RunResult, run} from '../../lab/run.js';
import {runLifeboat} from '../lifeboat.js';

export type ContainerState = {
	readonly Status: string;
	readonly ExitCode: number;
	readonly OOMKilled: boolean;
	readonly Error: string;
	readonly Health?: {readonly Status: string};
};

export type Diagnosis = {
	readonly exitCode: number | null;
	// biome-ignore lint/suspicious/noExplicitAny: the document that the test is about
	readonly document: any;
	readonly stderr: string;
};

/** One healthy stack that many faults are put into, one after the other; each starts from the files and rows of the beginning. */
export type Bench = {
	readonly stack: LabStack;
	/** The folder of the files that the faults edit. */
	readonly directory: string;
	/** `docker compose ARGS` as the user types it in the folder, the override file included; a failure is a result. */
	compose(...args: readonly string[]): Promise<RunResult>;
	sql(query: string, database?: string): Promise<string>;
	/** Changes a file; throws when nothing changed, so that no fault is a dud. */
	edit(file: string, change: (text: string) => string): Promise<void>;
	/** Replaces the value of a variable in `.env`, text as it stands there; a new name goes to the end. */
	setEnv(name: string, value: string): Promise<void>;
	/** Writes `docker-compose.override.yml`; YAML is a superset of JSON. */
	override(content: object): Promise<void>;
	/** State of the newest container of a service; undefined without one. */
	state(service: string): Promise<ContainerState | undefined>;
	/** Resolves when the condition holds. Throws with what the containers say when that takes too long. */
	until(what: string, condition: () => Promise<boolean>): Promise<void>;
	untilLog(service: string, text: RegExp): Promise<void>;
	untilEnded(service: string): Promise<void>;
	/** Unhealthy, or ended again and again. */
	untilBroken(service: string): Promise<void>;
	lifeboat(...args: readonly string[]): Promise<Diagnosis>;
	/** Brings files, containers and health back to what they were. */
	putBack(): Promise<void>;
	/** Waits for the health check of every service and the application's own answer. */
	untilHealthy(): Promise<void>;
	readonly rows: Checksums;
	remove(): Promise<void>;
};

/** What an operator has in the file; a repair has to leave it there. */
const comments: Readonly<Record<string, string>> = {
	POSTGRES_USER: '# The database. Asked for once, in June.\n',
	BETTER_AUTH_SECRET: '\n# openssl rand -base64 32; do not lose it\n',
	APP_PORT: '\n#   port on the NAS\n',
};

export const commentLines = ['# The database. Asked for once, in June.', '#   port on the NAS'];

/**
 * Looks at health every second, and does not wait ten for a process that hears no signal: what is tested is not the waiting.
 * The server may end in peace: killed, it would come back without what it wrote last.
 */
const hasten = (text: string) =>
	text
		.replaceAll(/interval: \d+s/g, 'interval: 1s')
		.replaceAll(
			/(?<!image: postgres:\S+\n)^( +)restart: unless-stopped$/gm,
			(line, indent: string) => `${line}\n${indent}stop_grace_period: 2s`,
		);

/** Only what goes wrong waits as long; a slow machine needs its time. */
const patienceMs = 300_000;

export async function openBench(name: StackName, options: StackOptions = {}): Promise<Bench> {
	const stack = await startStack(name, options);
	const {directory, project} = stack;
	const settings = mkdtempSync(join(tmpdir(), 'lifeboat-faults-settings-'));
	const at = (file: string) => join(directory, file);
	const overrideFile = 'docker-compose.override.yml';
	const hadOverride = stack.composeFiles.includes(overrideFile);

	const dotenv = await readFile(at('.env'), 'utf8');
	const commented = dotenv.replaceAll(/^(\w+)=/gm, (line, variable: string) => `${comments[variable] ?? ''}${line}`);
	await writeFile(at('.env'), commented);
	for (const file of stack.composeFiles) await writeFile(at(file), hasten(await readFile(at(file), 'utf8')));
	const files = new Map<string, string>();
	for (const file of ['.env', ...stack.composeFiles]) files.set(file, await readFile(at(file), 'utf8'));

	/** A fault built the images from files of its own. */
	let isBuilt = false;
	const compose = (...args: readonly string[]) => {
		isBuilt ||= args.includes('--build');
		return attempt(['docker', 'compose', '--project-name', project, ...args], {cwd: directory});
	};
	const state = async (service: string): Promise<ContainerState | undefined> => {
		const id = (await compose('ps', '--all', '--quiet', service)).stdout.trim().split('\n')[0];
		return id ? JSON.parse(await run(['docker', 'inspect', '--format', '{{json .State}}', id])) : undefined;
	};
	const until = async (what: string, condition: () => Promise<boolean>) => {
		for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(200)) if (await condition()) return;
		const states = await compose('ps', '--all', '--format', '{{.Service}}: {{.Status}}');
		const logs = await compose('logs', '--tail', '10', '--no-color');
		throw new Error(`${project}: waited in vain until ${what}.\n${states.stdout}\n${logs.stdout}`);
	};
	const edit = async (file: string, change: (text: string) => string) => {
		const before = await readFile(at(file), 'utf8');
		const after = change(before);
		if (after === before) throw new Error(`the fault changes nothing in ${file}`);
		await writeFile(at(file), after);
	};
	const untilHealthy = async () => {
		await until('all is healthy', async () => {
			const listed = await compose('ps', '--all', '--format', '{{.Service}}/{{.State}}/{{.ExitCode}}/{{.Health}}');
			const lines = listed.stdout.trim().split('\n');
			return lines.length > 1 && lines.every(line => /\/running\/\d+\/(?:healthy)?$|\/exited\/0\/$/.test(line));
		});
		await stack.waitHealthy(patienceMs);
	};

	// From here on only what a fault changes makes a container anew.
	await compose('up', '--detach');
	await untilHealthy();

	return {
		stack,
		directory,
		compose,
		sql: (query, database) => stack.sql(query, database === undefined ? {} : {database}),
		edit,
		setEnv: (name, value) =>
			edit('.env', text => {
				const line = new RegExp(`^${name}=.*$`, 'm');
				return line.test(text) ? text.replace(line, () => `${name}=${value}`) : `${text}${name}=${value}\n`;
			}),
		override: content => writeFile(at(overrideFile), `${JSON.stringify(content, null, '\t')}\n`),
		state,
		until,
		untilLog: (service, text) =>
			until(`${service} says ${text}`, async () => {
				const {stdout} = await compose('logs', '--no-color', '--no-log-prefix', service);
				return text.test(stdout);
			}),
		untilEnded: service =>
			until(`${service} has ended`, async () => {
				const now = await state(service);
				return now?.Status === 'exited' || now?.Status === 'dead';
			}),
		untilBroken: service =>
			until(`${service} is broken`, async () => {
				const now = await state(service);
				return now?.Health?.Status === 'unhealthy' || now?.Status === 'restarting' || now?.Status === 'exited';
			}),
		async lifeboat(...args) {
			const finished = await runLifeboat([...args, '--json'], {
				cwd: directory,
				env: {LIFEBOAT_CONFIG_DIR: settings},
			});
			if (finished.stdout === '') throw new Error(`lifeboat ${args.join(' ')} says nothing:\n${finished.stderr}`);
			return {exitCode: finished.exitCode, document: JSON.parse(finished.stdout), stderr: finished.stderr};
		},
		async putBack() {
			for (const [file, text] of files) await writeFile(at(file), text);
			if (!hadOverride) await rm(at(overrideFile), {force: true});
			const up = await compose('up', '--detach', '--remove-orphans', ...(isBuilt ? ['--build'] : []));
			isBuilt = false;
			if (up.exitCode !== 0) throw new Error(`${project} does not come back:\n${up.stderr}`);
			await untilHealthy();
		},
		untilHealthy,
		rows: await stack.checksums(),
		async remove() {
			await stack.remove();
			await rm(settings, {recursive: true, force: true});
		},
	};
}
