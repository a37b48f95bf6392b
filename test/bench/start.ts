import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {spawn} from '@lydell/node-pty';
import {builtCli, median, time} from './measure.js';

const rounds = 15;
const root = fileURLToPath(new URL('../..', import.meta.url));

/** Times of starting, as ratios to a bare `node -e 0`; taken in turns, the median counts. */
export async function measureStart(): Promise<{readonly version: number; readonly firstFrame: number}> {
	const bare: number[] = [];
	const version: number[] = [];
	const frame: number[] = [];
	for (let round = 0; round < rounds; round++) {
		bare.push((await time(process.execPath, ['-e', '0'])).seconds);
		version.push((await time(process.execPath, [builtCli, '--version'])).seconds);
		frame.push(await timeFirstFrame());
	}

	return {version: median(version) / median(bare), firstFrame: median(frame) / median(bare)};
}

/** Seconds from the start of the wizard in a real terminal to the first thing that can be read. */
async function timeFirstFrame(): Promise<number> {
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-frame-'));
	writeFileSync(
		join(folder, 'docker-compose.yml'),
		'services:\n  db:\n    image: postgres:17\n    environment: {POSTGRES_PASSWORD: bench}\n',
	);
	const {CI: _ci, ...environment} = process.env;
	const started = performance.now();
	const terminal = spawn(process.execPath, [builtCli], {
		cwd: folder,
		cols: 80,
		rows: 24,
		env: {...environment, TERM: 'xterm-256color', LIFEBOAT_CONFIG_DIR: join(folder, 'settings')} as Record<
			string,
			string
		>,
	});
	const ended = new Promise<void>(resolve => {
		terminal.onExit(() => resolve());
	});
	try {
		return await new Promise<number>((resolve, reject) => {
			let seen = '';
			terminal.onData(data => {
				seen += data;
				const text = seen.replaceAll(/\u001B\[[0-?]*[ -/]*[@-~]/g, '').trim();
				if (/[A-Za-z]{3}/.test(text)) resolve((performance.now() - started) / 1000);
			});
			terminal.onExit(() => reject(new Error(`the wizard ended before its first frame: ${seen}`)));
		});
	} finally {
		terminal.kill('SIGKILL');
		await ended;
		rmSync(folder, {recursive: true, force: true});
	}
}

/** What `npx` has to fetch: the packed size, and how many other packages. */
export async function measurePackage(): Promise<{readonly packedBytes: number; readonly dependencies: number}> {
	const {stdout} = await time('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {cwd: root});
	const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as readonly {readonly size: number}[];
	const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, object | undefined>;
	return {packedBytes: packed?.size ?? Number.NaN, dependencies: Object.keys(manifest['dependencies'] ?? {}).length};
}
