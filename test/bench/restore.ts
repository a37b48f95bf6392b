import {randomBytes} from 'node:crypto';
import {rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {startStack} from '../lab/lab.js';
import {median, type Timed, timeLifeboat, timePipeline} from './measure.js';

export type RestoreFigures = {
	/** Seconds of the seeds' `gunzip -c f | docker compose exec -T postgres psql` into an empty database. */
	readonly seedsSeconds: number;
	/** Seconds of `lifeboat restore FILE --yes`: checksums, load, counts, statistics, switch, health. */
	readonly lifeboatSeconds: number;
	/** Seconds of Lifeboat's step that does what the pipeline does: create the database and load it. */
	readonly loadSeconds: number;
	/** Seconds of the statistics that follow, which the pipeline leaves to others. */
	readonly statisticsSeconds: number;
	/** Medians over the rounds of the ratio to the pipeline of the same round: of the load, of both, and of the whole restore. */
	readonly loadRatio: number;
	readonly analyzedRatio: number;
	readonly wholeRatio: number;
	/** Longest time between two answers of the health URL while Lifeboat restored, seen by a client of its own. */
	readonly outageSeconds: number;
	/** The same as Lifeboat tells it. */
	readonly toldOutageSeconds: number;
	readonly peakBytes: number;
};

/**
 * Restores the lab's database of one gigabyte over itself, in turns with the pipeline of the documents. That one gets an empty database for nothing
 * and need not check what it loaded, which is in its favour.
 * @param scratch folder for the dumps.
 */
export async function measureRestore(scratch: string, rounds: number): Promise<RestoreFigures> {
	const stack = await startStack('clerq', {
		project: `lifeboat-bench-restore-${randomBytes(3).toString('hex')}`,
		megabytes: Number(process.env['LIFEBOAT_BENCH_MEGABYTES'] ?? 1000),
	});
	const env = {LIFEBOAT_CONFIG_DIR: join(scratch, 'restore-settings')};
	const lifeboat = (...args: readonly string[]) => timeLifeboat([...args, '--json'], {cwd: stack.directory, env});
	try {
		const dump = join(scratch, 'clerq.sql.gz');
		await timePipeline('docker compose exec -T postgres pg_dump -U clerq clerq | gzip', stack.directory, dump);
		const {file} = JSON.parse((await lifeboat('backup', '--no-volumes', '--output', scratch)).stdout);
		const samples: Record<'seeds' | 'lifeboat' | 'load' | 'statistics' | 'outage' | 'told' | 'peak', number>[] = [];
		for (let round = 0; round < rounds; round++) {
			// Both find a server that has written down what was before.
			await stack.sql('CREATE DATABASE seeds_target');
			await stack.sql('CHECKPOINT');
			const seeds = await timePipeline(
				`gunzip -c ${dump} | docker compose exec -T postgres psql -U clerq seeds_target`,
				stack.directory,
				join(scratch, 'psql.log'),
			);
			await stack.sql('DROP DATABASE seeds_target WITH (FORCE)');
			await stack.sql('CHECKPOINT');
			// From before the application is stopped, but not while the load is measured: whoever asks takes processor time.
			let watch: ReturnType<typeof watchOutage> | undefined;
			const onLine = (text: string) => {
				if (text.includes('✔ Restore clerq')) watch ??= watchOutage(stack.healthUrl);
			};
			const restored = await timeLifeboat(['restore', file, '--yes', '--json'], {cwd: stack.directory, env, onLine});
			const outage = (await watch?.stop()) ?? Number.NaN;
			const {downtimeMs} = JSON.parse(restored.stdout);
			await lifeboat('rollback', '--drop', '--yes');
			samples.push({
				seeds: seeds.seconds,
				lifeboat: restored.seconds,
				load: readStepSeconds(restored, 'Restore clerq'),
				statistics: readStepSeconds(restored, 'Give the planner its statistics'),
				outage,
				told: downtimeMs / 1000,
				peak: restored.usage.peakBytes,
			});
		}

		return {
			seedsSeconds: median(samples.map(sample => sample.seeds)),
			lifeboatSeconds: median(samples.map(sample => sample.lifeboat)),
			loadSeconds: median(samples.map(sample => sample.load)),
			statisticsSeconds: median(samples.map(sample => sample.statistics)),
			loadRatio: median(samples.map(sample => sample.load / sample.seeds)),
			analyzedRatio: median(samples.map(sample => (sample.load + sample.statistics) / sample.seeds)),
			wholeRatio: median(samples.map(sample => sample.lifeboat / sample.seeds)),
			outageSeconds: Math.max(...samples.map(sample => sample.outage)),
			toldOutageSeconds: Math.max(...samples.map(sample => sample.told)),
			peakBytes: Math.max(...samples.map(sample => sample.peak)),
		};
	} finally {
		await stack.remove();
		rmSync(join(scratch, 'restore-settings'), {recursive: true, force: true});
	}
}

/** Seconds between the lines with which a step begins and ends. */
function readStepSeconds({lines, stderr}: Timed, title: string): number {
	const begun = lines.find(({text}) => text.includes(`… ${title}`));
	const ended = lines.find(({text}) => text.includes(`✔ ${title}`));
	if (begun === undefined || ended === undefined) throw new Error(`no step "${title}" in:\n${stderr}`);
	return ended.at - begun.at;
}

const pauseMs = 100;

/** Asks a health URL over and over, as users do. `stop` gives the longest time between two good answers, in seconds. */
function watchOutage(url: string): {stop(): Promise<number>} {
	let longest = 0;
	let lastGood = performance.now();
	let isOver = false;
	const asking = (async () => {
		while (!isOver) {
			const isGood = await fetch(url, {signal: AbortSignal.timeout(2000)}).then(
				response => response.ok,
				() => false,
			);
			if (isGood) {
				longest = Math.max(longest, performance.now() - lastGood);
				lastGood = performance.now();
			}

			await sleep(pauseMs);
		}
	})();
	return {
		async stop() {
			isOver = true;
			await asking;
			return Math.max(longest, performance.now() - lastGood - pauseMs) / 1000;
		},
	};
}
