import {mkdtempSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {type LabStack, startStack} from '../lab/lab.js';
import {writeGif} from './gif.js';
import {waitFor} from './play.js';
import {openScreen, type Screen} from './screen.js';

/*
 * `npm run record`: records demo.gif from the real wizard on the lab's Clerq stack. Nothing on the pictures is drawn by hand.
 * Needs rsvg-convert, ffmpeg and the DejaVu fonts (Debian: librsvg2-bin ffmpeg fonts-dejavu-core).
 */

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));
const target = fileURLToPath(new URL('../../demo.gif', import.meta.url));
/** Four a second: a spinner needs no more, and every frame costs bytes. */
const frameEveryMs = 250;

const settings = mkdtempSync(join(tmpdir(), 'lifeboat-record-'));
const stack = await startStack('clerq', {project: 'clerq', rows: 60_000, report: line => console.error(line)});
try {
	const screen = openScreen(process.execPath, [command], {
		cwd: stack.directory,
		columns: 92,
		rows: 26,
		env: {...process.env, LIFEBOAT_CONFIG_DIR: settings},
	});
	const timer = setInterval(() => screen.capture(), frameEveryMs);
	await play(screen, stack);
	clearInterval(timer);
	screen.capture();
	screen.kill();
	await writeGif(screen.frames, target);
	console.error(`${target}: ${screen.frames.length} frames, ${(statSync(target).size / 1e6).toFixed(2)} MB`);
} finally {
	await stack.remove();
	rmSync(settings, {recursive: true, force: true});
}

process.exit(0);

async function play(screen: Screen, {sql, compose}: LabStack): Promise<void> {
	await see(screen, /PostgreSQL 17[\s\S]*Back up/, 2200);
	screen.type('\r');
	await see(screen, /Review[\s\S]*❯ Start/, 2200);
	screen.type('\r');
	await see(screen, /Backed up to/, 2600);
	screen.type('\r');
	await see(screen, /Verify a backup[\s\S]*❯ Start/, 1500);
	screen.type('\r');
	await see(screen, /Verify a backup[\s\S]*Outcome/, 3000);
	screen.type('\r');
	await see(screen, /❯ Back up/, 1200);
	// The accident: somebody changed the role's password, and the application cannot log in any more.
	await sql("ALTER ROLE clerq PASSWORD 'changed by somebody'");
	await compose('restart', 'app');
	for (let look = 0; look < 10 && !/restarting|exited|unhealthy/.test(screen.text()); look++) {
		await sleep(2000);
		screen.type('r');
	}

	await see(screen, /restarting|exited|unhealthy/, 1800);
	for (let step = 0; step < 9 && !/❯ Troubleshoot/.test(screen.text()); step++) {
		screen.type('\u001B[B');
		await sleep(250);
	}

	await sleep(500);
	screen.type('\r');
	await see(screen, /One problem was found/, 2200);
	screen.type('\r');
	await see(screen, /What can be done/, 3200);
	screen.type('\r');
	await see(screen, /Review[\s\S]*❯ Go back/, 2800);
	screen.type('\u001B[B');
	await see(screen, /❯ Start/, 800);
	screen.type('\r');
	await see(screen, /The problem is gone/, 3500);
}

/** Waits until the screen shows something, then lets the viewer read it. */
async function see(screen: Screen, pattern: RegExp, readMs: number): Promise<void> {
	await waitFor(screen, pattern);
	await sleep(readMs);
}
