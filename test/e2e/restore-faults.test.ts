import {afterAll, afterEach, beforeAll, test} from 'vitest';
import {describeLabAsRoot} from '../lab/describe-lab.js';
import {attempt} from '../lab/run.js';
import {type LedgerStack, type Moment, startLedger} from './ledger-stack.js';
import {expectSound} from './restore-outcome.js';

const modes = {switch: [], 'in place': ['--in-place']} as const;
type Mode = keyof typeof modes;

/** What happens to the server while the restore is held. The last ones are put right by hand afterwards, as their cause would be. */
const faults = {
	'a backend is killed': async (stack: LedgerStack) => {
		const pid = await stack.sql(
			`SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%' OR backend_type = 'checkpointer' ORDER BY application_name LIKE 'lifeboat-%' DESC, query_start LIMIT 1`,
			'postgres',
		);
		await stack.docker('exec', '--user', 'root', `${stack.project}-postgres-1`, 'sh', '-c', `kill -9 ${pid}`);
	},
	'the server is killed': async (stack: LedgerStack) => {
		const pid = await stack.docker('inspect', '--format', '{{.State.Pid}}', `${stack.project}-postgres-1`);
		process.kill(Number(pid), 'SIGKILL');
	},
	'the server is stopped': async (stack: LedgerStack) => {
		await stack.compose('stop', '--timeout', '2', 'postgres');
	},
	'the container is removed': async (stack: LedgerStack) => {
		await stack.docker('rm', '--force', `${stack.project}-postgres-1`);
	},
	'the disk is full': (stack: LedgerStack) => stack.fillDisk(),
	'the network is cut': async (stack: LedgerStack) => {
		await stack.docker('network', 'disconnect', '--force', `${stack.project}_default`, `${stack.project}-postgres-1`);
	},
} as const;
type Fault = keyof typeof faults;

/** Mode and moment; which faults in the default run. LIFEBOAT_FAULTS=all takes every fault at every moment. */
const table: readonly (readonly [Mode, Moment, readonly Fault[]])[] = [
	[
		'switch',
		'loading',
		[
			'a backend is killed',
			'the server is killed',
			'the container is removed',
			'the disk is full',
			'the network is cut',
		],
	],
	['switch', 'switching', ['the server is killed']],
	['switch', 'migrating', ['the container is removed', 'the network is cut']],
	['switch', 'starting', ['the server is killed']],
	['in place', 'rollback point', ['the container is removed']],
	[
		'in place',
		'loading',
		['the server is killed', 'the container is removed', 'the disk is full', 'the network is cut'],
	],
	['in place', 'migrating', ['the network is cut', 'the server is stopped', 'a backend is killed']],
	['in place', 'starting', ['the container is removed']],
];
const isFull = process.env['LIFEBOAT_FAULTS'] === 'all';
const allFaults = Object.keys(faults) as readonly Fault[];
const cases = table.flatMap(([mode, moment, some]) =>
	(isFull ? allFaults : some).map(fault => [mode, moment, fault] as const),
);

describeLabAsRoot('faults in the middle of a restore', () => {
	let stack: LedgerStack;
	beforeAll(async () => {
		stack = await startLedger('faults', {smallDisk: true});
	});
	afterAll(async () => {
		await stack?.remove();
	});

	/** What the fault was made of is put right, as its owner would. */
	async function heal() {
		await stack.freeDisk();
		await attempt([
			...['docker', 'network', 'connect', '--alias', 'postgres'],
			...[`${stack.project}_default`, `${stack.project}-postgres-1`],
		]);
		await stack.release();
	}

	afterEach(async () => {
		await heal();
		await stack.compose('up', '--detach', '--wait');
	});

	test.each(cases)('%s, %s: %s', async (mode, moment, fault) => {
		const restore = await stack.restoreUntil(moment, ...modes[mode]);
		const begun = Date.now();
		await faults[fault](stack);
		await stack.release();
		const finished = await restore.finished;
		const seconds = ((Date.now() - begun) / 1000).toFixed(0);
		const outcome = await expectSound(stack, finished, heal);
		console.log(`| ${mode} | ${moment} | ${fault} | after ${seconds} s ${outcome} |`);
	});
});
