import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {choose, waitFor} from '../demo/play.js';
import {openScreen} from '../demo/screen.js';
import {builtCli, median, time} from './measure.js';

export type LogFigures = {
	/** Lines a second that the container wrote meanwhile. */
	readonly linesPerSecond: number;
	/** Milliseconds from a key to the screen that shows it. */
	readonly keyMedianMs: number;
	readonly keyWorstMs: number;
	readonly peakBytes: number;
};

const presses = 20;
const secondsBefore = 10;
const flooding =
	'n=0; while :; do seq -f "request %.0f answered in 12 ms" $n $((n + 9999)); n=$((n + 10000)); sleep 0.07; done';
const composeFile = `name: lifeboat-bench-logs
services:
  flood:
    image: postgres:17
    entrypoint: ["sh", "-c", ${JSON.stringify(flooding.replaceAll('$', '$$$$'))}]
    stop_grace_period: 0s
    logging: {options: {max-size: 100m}}
`;

/** The wizard's log view in a real terminal, on a container that floods it. */
export async function measureLogs(): Promise<LogFigures> {
	const directory = mkdtempSync(join(tmpdir(), 'lifeboat-bench-logs-'));
	writeFileSync(join(directory, 'docker-compose.yml'), composeFile);
	const compose = (...args: readonly string[]) => time('docker', ['compose', ...args], {cwd: directory});
	const screen = openScreen(process.execPath, [builtCli], {
		cwd: directory,
		columns: 80,
		rows: 24,
		env: {...process.env, LIFEBOAT_CONFIG_DIR: join(directory, 'settings')},
	});
	try {
		await compose('up', '--detach');
		await choose(screen, 'Logs');
		await waitFor(screen, /request \d+/);
		const begun = performance.now();
		const first = newestRequest(screen.text());
		await sleep(secondsBefore * 1000);
		const delays: number[] = [];
		for (let press = 0; press < presses; press++) {
			delays.push(await timeKey(screen, /Space follow/));
			await sleep(200);
			delays.push(await timeKey(screen, /Space pause/));
			await sleep(300);
		}

		const linesPerSecond = ((newestRequest(screen.text()) - first) / (performance.now() - begun)) * 1000;
		const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${screen.pid}/status`, 'utf8'))?.[1];
		return {
			linesPerSecond,
			keyMedianMs: median(delays),
			keyWorstMs: Math.max(...delays),
			peakBytes: Number(peak) * 1024,
		};
	} finally {
		screen.kill('SIGKILL');
		await compose('down', '--volumes');
		rmSync(directory, {recursive: true, force: true});
	}
}

async function timeKey(screen: ReturnType<typeof openScreen>, shown: RegExp): Promise<number> {
	const pressed = performance.now();
	screen.type(' ');
	while (!shown.test(screen.text())) {
		if (performance.now() - pressed > 60_000) throw new Error(`The screen never showed ${shown}:\n${screen.text()}`);
		await sleep(2);
	}

	return performance.now() - pressed;
}

function newestRequest(text: string): number {
	return Math.max(...[...text.matchAll(/request (\d+)/g)].map(match => Number(match[1])));
}
