import {execFile} from 'node:child_process';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {drawFrame} from './picture.js';
import type {Frame} from './screen.js';

const run = promisify(execFile);
const longestStillMs = 2600;
const lastFrameMs = 4000;

/**
 * Writes frames as an animated GIF, 800 pixels wide. Waiting is shortened: nobody watches a backup for a minute.
 * Needs rsvg-convert (librsvg2-bin), ffmpeg and the DejaVu fonts of Debian.
 */
export async function writeGif(frames: readonly Frame[], file: string): Promise<void> {
	const folder = await mkdtemp(join(tmpdir(), 'demo-gif-'));
	try {
		const list: string[] = [];
		for (const [index, frame] of frames.entries()) {
			const name = join(folder, String(index).padStart(5, '0'));
			await writeFile(`${name}.svg`, drawFrame(frame));
			await run('rsvg-convert', ['--width', '800', '--output', `${name}.png`, `${name}.svg`]);
			const next = frames[index + 1];
			const duration = next ? Math.min(next.at - frame.at, longestStillMs) : lastFrameMs;
			list.push(`file '${name}.png'`, `duration ${(duration / 1000).toFixed(3)}`);
		}

		const last = String(frames.length - 1).padStart(5, '0');
		await writeFile(join(folder, 'list.txt'), [...list, `file '${join(folder, last)}.png'`, ''].join('\n'));
		const filter =
			'split[a][b];[a]palettegen=max_colors=32:stats_mode=full[p];[b][p]paletteuse=dither=none:diff_mode=rectangle';
		await run('ffmpeg', [
			'-y',
			'-loglevel',
			'error',
			'-f',
			'concat',
			'-safe',
			'0',
			'-i',
			join(folder, 'list.txt'),
			'-vf',
			filter,
			'-fps_mode',
			'vfr',
			file,
		]);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}
