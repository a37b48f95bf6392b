import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {ensureImages} from '../lab/build-images.js';
import {startStack} from '../lab/lab.js';
import {choose, keys, waitFor} from './play.js';
import {openScreen, type Screen} from './screen.js';

/*
 * `npm run frames`: test/demo/screens.md from the real wizard at 80 by 24 on the lab's Clerq stack: an upgrade that breaks and comes back, then one
 * of PostgreSQL, taken back. Nothing of it is written by hand.
 */

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const target = fileURLToPath(new URL('screens.md', import.meta.url));

const pages: string[] = [
	'# What an upgrade looks like\n',
	'The wizard at 80 by 24 on a test stack, as it was on the screen: `npm run frames` makes this page anew.\n',
];
const keep = (title: string, text: string) => pages.push(`## ${title}\n`, '```text', text.replace(/\s+$/, ''), '```\n');

const settings = mkdtempSync(join(tmpdir(), 'lifeboat-frames-'));
const report = (line: string) => console.error(line);
await ensureImages(['postgres:18'], report);
const stack = await startStack('clerq', {project: 'clerq', report});
try {
	// Its second migration fails.
	await stack.publish('v1.2.0');
	const screen = openScreen(process.execPath, [command], {
		cwd: stack.directory,
		columns: 80,
		rows: 24,
		env: {...process.env, LIFEBOAT_CONFIG_DIR: settings},
	});
	await failingUpgrade(screen);
	await newerPostgres(screen);
	screen.kill();
	writeFileSync(target, `${pages.join('\n').trimEnd()}\n`);
	report(target);
} finally {
	await stack.remove();
	rmSync(settings, {recursive: true, force: true});
}

process.exit(0);

async function failingUpgrade(screen: Screen): Promise<void> {
	await choose(screen, 'Upgrade');
	await choose(screen, 'The application');
	keep('The plan', await waitFor(screen, /Review[\s\S]*❯ Go back/));
	await choose(screen, 'Start');
	keep('The run', await waitFor(screen, /Run the migrations/));
	keep('The failure, with its reason', await waitFor(screen, /Shall everything go back/));
	await choose(screen, 'Go back');
	keep('The way back', await waitFor(screen, /Try again/));
	await choose(screen, 'Back to the start');
}

async function newerPostgres(screen: Screen): Promise<void> {
	await choose(screen, 'Upgrade');
	await choose(screen, 'PostgreSQL 18');
	keep('PostgreSQL 17 to 18: the plan', await waitFor(screen, /Review[\s\S]*❯ Go back/));
	await choose(screen, 'Start');
	keep('The run', await waitFor(screen, /Stop app ·/));
	keep('The outcome', await waitFor(screen, /runs on PostgreSQL 18 and is healthy[\s\S]*❯/));
	await choose(screen, 'Back to the start');
	await choose(screen, 'Roll back');
	await waitFor(screen, /Question|Review/);
	if (/Question/.test(screen.text())) screen.type(keys.enter);
	keep('Taken back: the plan', await waitFor(screen, /Review[\s\S]*❯ Go back/));
	await choose(screen, 'Start');
	keep('Taken back: the outcome', await waitFor(screen, /Outcome/));
}
