import {appendFileSync, mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs';
import {cpus, tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {type BenchStack, startBenchStack} from './database.js';
import {measureDocuments} from './documents.js';
import {measureLogs} from './logs.js';
import {median, time, timeLifeboat, timePipeline} from './measure.js';
import {measureRestore} from './restore.js';
import {measurePackage, measureStart} from './start.js';

/** One row of the table: what was measured and the bar that it has to meet. */
type Row = {
	readonly name: string;
	readonly value: number;
	readonly unit: 'ratio' | 'MB' | '%' | 's' | 'ms' | 'lines/s' | 'packages';
	readonly atMost: number | null;
};

const history = fileURLToPath(new URL('history.jsonl', import.meta.url));
const sections = ['start', 'speed', 'documents', 'memory', 'restore', 'logs'] as const;
const chosen = process.argv.slice(2);
const isChosen = (section: (typeof sections)[number]) => chosen.length === 0 || chosen.includes(section);
const rounds = Number(process.env['LIFEBOAT_BENCH_ROUNDS'] ?? 3);
const scratch = mkdtempSync(join(tmpdir(), 'lifeboat-bench-files-'));
const rows: Row[] = [];

function add(...added: readonly Row[]): void {
	for (const row of added) {
		rows.push(row);
		const verdict =
			row.atMost === null ? '' : row.value <= row.atMost ? `ok (at most ${row.atMost})` : `OVER ${row.atMost}`;
		console.log(`${row.name.padEnd(66)} ${row.value.toFixed(2).padStart(9)} ${row.unit.padEnd(8)} ${verdict}`);
	}
}

const backupTo = (...args: readonly string[]) => [
	'backup',
	'--json',
	'--quiet',
	'--no-volumes',
	'--output',
	scratch,
	...args,
];

/** Alternates what is compared, round by round, so that noise of the machine hits all alike; the median round counts. */
async function measureSpeed(stack: BenchStack): Promise<void> {
	await stack.fill(16);
	const seconds: Record<'seeds' | 'plain' | 'lifeboat' | 'directory', number[]> = {
		seeds: [],
		plain: [],
		lifeboat: [],
		directory: [],
	};
	const processor: Record<'dump' | 'whole', number[]> = {dump: [], whole: []};
	const sizes = {seeds: 0, plain: 0, lifeboat: 0};
	const dump = 'docker compose exec -T postgres pg_dump -U bench';
	for (let round = 0; round < rounds; round++) {
		const seeds = await timePipeline(`${dump} bench | gzip`, stack.directory, join(scratch, 'seeds.sql.gz'));
		const plain = await timePipeline(`${dump} -Fc --compress=zstd bench`, stack.directory, join(scratch, 'plain.dump'));
		const lifeboat = await timeLifeboat(backupTo(), {cwd: stack.directory});
		const directory = await timeLifeboat(backupTo('--jobs', '2'), {
			cwd: stack.directory,
		});
		seconds.seeds.push(seeds.seconds);
		seconds.plain.push(plain.seconds);
		seconds.lifeboat.push(lifeboat.seconds);
		seconds.directory.push(directory.seconds);
		const {usage} = lifeboat;
		processor.dump.push((100 * usage.dump.processorSeconds) / usage.dump.wallSeconds);
		processor.whole.push((100 * usage.processorSeconds) / lifeboat.seconds);
		const {file, bytes} = JSON.parse(lifeboat.stdout);
		Object.assign(sizes, {seeds: seeds.bytes, plain: plain.bytes, lifeboat: bytes});
		rmSync(file);
		rmSync(JSON.parse(directory.stdout).file);
	}

	const best = (values: readonly number[]) => median(values);
	add(
		{name: "seeds' pg_dump | gzip", value: best(seconds.seeds), unit: 's', atMost: null},
		{name: 'plain pg_dump -Fc --compress=zstd > file', value: best(seconds.plain), unit: 's', atMost: null},
		{name: 'lifeboat backup', value: best(seconds.lifeboat), unit: 's', atMost: null},
		{
			name: "time: lifeboat / seeds' pipeline",
			value: best(seconds.lifeboat) / best(seconds.seeds),
			unit: 'ratio',
			atMost: 0.45,
		},
		{
			name: 'time: lifeboat / best plain command',
			value: best(seconds.lifeboat) / best(seconds.plain),
			unit: 'ratio',
			atMost: 1.15,
		},
		{name: "file: lifeboat / seeds' pipeline", value: sizes.lifeboat / sizes.seeds, unit: 'ratio', atMost: 1},
		{name: 'file: lifeboat / best plain command', value: sizes.lifeboat / sizes.plain, unit: 'ratio', atMost: null},
		{
			name: 'time: --jobs 2 / default',
			value: best(seconds.directory) / best(seconds.lifeboat),
			unit: 'ratio',
			atMost: null,
		},
		{name: "Lifeboat's own processor time while it dumps", value: median(processor.dump), unit: '%', atMost: 10},
		{
			name: 'the same with the start of Node and the look at the stack',
			value: median(processor.whole),
			unit: '%',
			atMost: null,
		},
	);
}

/** What the users' guides say to type, beside Lifeboat, on the same data. */
async function compareWithDocuments(stack: BenchStack): Promise<void> {
	await stack.fill(16);
	for (const {name, seconds, bytes} of await measureDocuments(stack, scratch, rounds))
		add(
			{name: `time: ${name}`, value: seconds, unit: 's', atMost: null},
			{name: `file: ${name}`, value: bytes / 1e6, unit: 'MB', atMost: null},
		);
}

async function measureMemory(stack: BenchStack): Promise<void> {
	for (const [scale, label] of [
		[1, '1x (1/16 GB)'],
		[4, '4x (1/4 GB)'],
		[16, '16x (1 GB)'],
	] as const) {
		await stack.fill(scale);
		const {usage, stdout} = await timeLifeboat(backupTo(), {cwd: stack.directory});
		rmSync(JSON.parse(stdout).file);
		add({name: `peak memory at ${label}`, value: usage.peakBytes / 1e6, unit: 'MB', atMost: 160});
	}

	await stack.fill(4);
	// Plain SQL passes through Lifeboat; pg_dump writes the custom format by itself.
	const slow = await timeLifeboat(backupTo('--format', 'plain'), {
		cwd: stack.directory,
		env: {LIFEBOAT_BENCH_WRITE_RATE: String(3_000_000)},
	});
	const {file} = JSON.parse(slow.stdout);
	const rate = statSync(file).size / slow.seconds / 1e6;
	rmSync(file);
	add({
		name: `peak memory when the disk is slower than the server (${rate.toFixed(1)} MB/s)`,
		value: slow.usage.peakBytes / 1e6,
		unit: 'MB',
		atMost: 160,
	});
}

const {stdout: revision} = await time('git', ['rev-parse', '--short', 'HEAD']);
let stack: BenchStack | undefined;
try {
	if (isChosen('start')) {
		const start = await measureStart();
		add(
			{name: '--version / node -e 0', value: start.version, unit: 'ratio', atMost: 1.6},
			{name: 'first frame of the wizard / node -e 0', value: start.firstFrame, unit: 'ratio', atMost: 4},
		);
		const {packedBytes, dependencies} = await measurePackage();
		add(
			{name: 'what npx fetches', value: packedBytes / 1e6, unit: 'MB', atMost: 10},
			{name: 'packages that npx fetches besides', value: dependencies, unit: 'packages', atMost: 0},
		);
	}

	if (isChosen('speed') || isChosen('documents') || isChosen('memory')) stack = await startBenchStack();
	if (stack !== undefined && isChosen('speed')) await measureSpeed(stack);
	if (stack !== undefined && isChosen('documents')) await compareWithDocuments(stack);
	if (stack !== undefined && isChosen('memory')) await measureMemory(stack);
	if (isChosen('logs')) {
		const logs = await measureLogs();
		add(
			{name: 'lines of logs while the keys are pressed', value: logs.linesPerSecond, unit: 'lines/s', atMost: null},
			{name: 'from a key to the screen, median', value: logs.keyMedianMs, unit: 'ms', atMost: 100},
			{name: 'from a key to the screen, worst of forty', value: logs.keyWorstMs, unit: 'ms', atMost: null},
			{name: 'peak memory of the log view', value: logs.peakBytes / 1e6, unit: 'MB', atMost: 200},
		);
	}

	if (isChosen('restore')) {
		const restore = await measureRestore(scratch, rounds);
		add(
			{name: "seeds' gunzip | psql", value: restore.seedsSeconds, unit: 's', atMost: null},
			{name: 'lifeboat restore (switch)', value: restore.lifeboatSeconds, unit: 's', atMost: null},
			{name: 'of it the load', value: restore.loadSeconds, unit: 's', atMost: null},
			{name: "time: load / seeds' pipeline", value: restore.loadRatio, unit: 'ratio', atMost: 0.6},
			{name: 'statistics after it', value: restore.statisticsSeconds, unit: 's', atMost: null},
			{
				name: "time: load and statistics / seeds' pipeline",
				value: restore.analyzedRatio,
				unit: 'ratio',
				atMost: null,
			},
			{name: "time: the whole restore / seeds' pipeline alone", value: restore.wholeRatio, unit: 'ratio', atMost: null},
			{name: 'outage on the health URL during the switch', value: restore.outageSeconds, unit: 's', atMost: 8},
			{name: 'outage as Lifeboat tells it', value: restore.toldOutageSeconds, unit: 's', atMost: 8},
			{name: 'peak memory of the restore', value: restore.peakBytes / 1e6, unit: 'MB', atMost: 160},
		);
	}

	const measured = Object.fromEntries(rows.map(row => [row.name, Number(row.value.toFixed(3))]));
	appendFileSync(
		history,
		`${JSON.stringify({at: new Date().toISOString(), revision: revision.trim(), node: process.version, cores: cpus().length, rounds, measured})}\n`,
	);
	console.log(`\n${readFileSync(history, 'utf8').trim().split('\n').length} run(s) in ${history}`);
	process.exitCode = rows.some(row => row.atMost !== null && row.value > row.atMost) ? 1 : 0;
} finally {
	await stack?.remove();
	rmSync(scratch, {recursive: true, force: true});
}
