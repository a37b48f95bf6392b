import {spawn} from 'node:child_process';
import {mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {isDeepStrictEqual} from 'node:util';
import {type LabStack, startStack} from './lab.js';
import {LabUnavailable} from './state.js';

/*
 * `npm run demo`: a throwaway stack with data, and the wizard on it. Without a terminal the main job from end to end, printed:
 * detect, back up, lose rows, restore, compare with what was there before.
 */

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const say = (line: string) => process.stderr.write(`${line}\n`);

try {
	process.exitCode = await main();
} catch (error) {
	if (!(error instanceof LabUnavailable)) throw error;
	say(`The demo cannot run here: ${error.message}`);
	process.exitCode = 3;
}

async function main(): Promise<number> {
	say('Bringing up a throwaway Clerq stack with PostgreSQL 17 (the first time on a machine this takes some minutes) …');
	const stack = await startStack('clerq', {project: `demo-${process.pid}`, report: line => say(`  ${line}`)});
	// The demo leaves nothing behind: neither settings nor backups.
	const settings = mkdtempSync(join(tmpdir(), 'lifeboat-demo-'));
	try {
		const hasTerminal = process.stdin.isTTY === true && process.stdout.isTTY === true && !process.env['CI'];
		return hasTerminal ? await runLifeboat(stack, settings, []) : await showMainJob(stack, settings);
	} finally {
		say('Removing the throwaway stack …');
		await stack.remove();
		rmSync(settings, {recursive: true, force: true});
	}
}

async function showMainJob(stack: LabStack, settings: string): Promise<number> {
	const step = async (...args: readonly string[]) => {
		process.stdout.write(`\n$ lifeboat ${args.join(' ')}\n`);
		const exitCode = await runLifeboat(stack, settings, args);
		if (exitCode !== 0) throw new Error(`lifeboat ${args.join(' ')} ended with ${exitCode}`);
	};
	const before = await stack.checksums();
	await step('detect');
	await step('backup', '--yes');
	const bundle = readdirSync(join(stack.directory, 'backups')).find(name => name.endsWith('.zip'));
	if (bundle === undefined) throw new Error('The backup left no file');
	const file = join('backups', bundle);
	await step('verify', file);
	process.stdout.write('\n$ psql -c "TRUNCATE invoices CASCADE"      # the accident\n');
	process.stdout.write(
		`${(await stack.sql('TRUNCATE invoices CASCADE; SELECT count(*) FROM invoices')).trim()} invoices left\n`,
	);
	await step('restore', file, '--yes');
	const after = await stack.checksums();
	if (!isDeepStrictEqual(before, after))
		throw new Error('After the restore the database differs from the one that was backed up');
	process.stdout.write('\nRows, sequences, large objects, grants and settings are those from before.\n');
	return 0;
}

function runLifeboat(stack: LabStack, settings: string, args: readonly string[]): Promise<number> {
	const child = spawn(process.execPath, [command, ...args], {
		cwd: stack.directory,
		stdio: 'inherit',
		env: {...process.env, LIFEBOAT_CONFIG_DIR: settings},
	});
	// Ctrl+C belongs to the wizard; the demo ends when the wizard does.
	process.on('SIGINT', () => {});
	return new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('close', exitCode => resolve(exitCode ?? 1));
	});
}
