import {mkdtempSync, rmSync} from 'node:fs';
import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {expect} from 'vitest';
import {type LabStack, type StackName, type StackOptions, startStack} from '../lab/lab.js';
import {originOf} from '../lab/place.js';
import {run} from '../lab/run.js';
import {type Finished, runLifeboat, startLifeboat} from './lifeboat.js';

/** Everything that an upgrade may change: equal states are the promise after a failure. */
export type StackState = {
	readonly rows: Readonly<Record<string, string>>;
	/** Null for a stack without a repository. */
	readonly revision: string | null;
	/** Ids of the images that run, by service. */
	readonly images: Readonly<Record<string, string>>;
	readonly env: string;
};

export type Answer = {
	readonly exitCode: number | null;
	// biome-ignore lint/suspicious/noExplicitAny: the documents of several commands
	readonly document: any;
	readonly stderr: string;
};

/** A stack of the lab that is upgraded, with settings of its own. */
export type UpgradeStack = {
	readonly stack: LabStack;
	readonly env: Readonly<Record<string, string>>;
	/** Runs the built command with `--yes --json`. */
	lifeboat(...args: readonly string[]): Promise<Answer>;
	/** Starts it and kills it with SIGKILL `delayMs` after it has said that `step` begins. Resolves with whether it was still running. */
	killAt(step: string, delayMs: number, ...args: readonly string[]): Promise<boolean>;
	state(): Promise<StackState>;
	/** The databases of the server that are not the server's own. */
	databases(): Promise<readonly string[]>;
	/** Makes a release of v1.1.0 (or another tag) with other files the newest of the origin. */
	release(files: Readonly<Record<string, string>>, options?: {readonly after?: string}): Promise<void>;
	remove(): Promise<void>;
};

export async function startUpgradeStack(name: StackName, options: StackOptions = {}): Promise<UpgradeStack> {
	const settings = mkdtempSync(join(tmpdir(), 'lifeboat-upgrade-'));
	const env = {LIFEBOAT_CONFIG_DIR: settings};
	const stack = await startStack(name, options);
	return {
		stack,
		env,
		async lifeboat(...args) {
			return answerOf(await runLifeboat([...args, '--yes', '--json'], {cwd: stack.directory, env}));
		},
		async killAt(step, delayMs, ...args) {
			const {child, finished} = startLifeboat([...args, '--yes', '--json'], {cwd: stack.directory, env});
			let seen = '';
			let timer: NodeJS.Timeout | undefined;
			child.stderr?.on('data', (text: string) => {
				seen += text;
				if (timer === undefined && seen.includes(`… ${step}`)) timer = setTimeout(() => child.kill('SIGKILL'), delayMs);
			});
			const {signal} = await finished;
			clearTimeout(timer);
			expect(seen).toContain(`… ${step}`);
			return signal === 'SIGKILL';
		},
		state: () => readState(stack),
		async databases() {
			const names = await stack.sql(
				"SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1",
			);
			return names.trim().split('\n');
		},
		release: (files, {after = 'v1.1.0'} = {}) => commitRelease(originOf(stack.project), files, after),
		async remove() {
			await stack.remove();
			rmSync(settings, {recursive: true, force: true});
		},
	};
}

function answerOf({exitCode, stdout, stderr}: Finished): Answer {
	expect(stdout, stderr).toMatch(/^\{.*\}\n$/);
	return {exitCode, document: JSON.parse(stdout), stderr};
}

async function readState(stack: LabStack): Promise<StackState> {
	const containers = (await stack.compose('ps', '--quiet')).split('\n').filter(Boolean);
	const format = '{{index .Config.Labels "com.docker.compose.service"}} {{.Image}}';
	const lines = (await run(['docker', 'inspect', '--format', format, ...containers])).trim().split('\n');
	return {
		rows: await stack.checksums(),
		revision: await run(['git', '-C', stack.directory, 'rev-parse', 'HEAD']).catch(() => null),
		images: Object.fromEntries(lines.sort().map(line => line.split(' ') as [string, string])),
		env: await readFile(join(stack.directory, '.env'), 'utf8'),
	};
}

/** One commit on top of a tag, pushed as the origin's newest. */
export async function commitRelease(
	origin: string,
	files: Readonly<Record<string, string>>,
	after: string,
): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'lifeboat-release-'));
	const git = (...args: readonly string[]) =>
		run(['git', '-C', folder, '-c', 'user.name=Lab', '-c', 'user.email=lab@localhost', ...args]);
	try {
		await run(['git', 'clone', '--quiet', origin, folder]);
		await git('checkout', '--quiet', '--detach', after);
		for (const [path, text] of Object.entries(files)) {
			await mkdir(dirname(join(folder, path)), {recursive: true});
			await writeFile(join(folder, path), text);
		}

		await git('add', '--all');
		await git('commit', '--quiet', '--message', `Change ${Object.keys(files).join(', ')}`);
		await git('push', '--quiet', '--force', 'origin', 'HEAD:refs/heads/main');
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

/** After a failure everything is as it was, and nothing is left over. */
export async function expectUntouched(upgrade: UpgradeStack, before: StackState): Promise<void> {
	expect(await upgrade.state()).toEqual(before);
	await upgrade.stack.waitHealthy();
}
