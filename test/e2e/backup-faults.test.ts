import {mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {openBundle} from '../../source/bundle/read.js';
import {verifyChecksums} from '../../source/bundle/verify-checksums.js';
import {createServices} from '../../source/create-services.js';
import {cancelled} from '../../source/errors.js';
import {backupFlow} from '../../source/flows/backup.js';
import {drive} from '../../source/operation.js';
import {detectStack} from '../../source/stack/detect.js';
import {describeLab} from '../lab/describe-lab.js';
import {attempt, run} from '../lab/run.js';
import {childrenOf, type FaultStack, namesIn, startFaultStack} from './fault-stack.js';

/** Mounting takes root. */
const testAsRoot = test.skipIf(process.getuid?.() !== 0);

describeLab('backup under faults', () => {
	let stack: FaultStack;
	beforeAll(async () => {
		stack = await startFaultStack('main');
	});
	afterEach(async () => {
		await stack.heal();
	});
	afterAll(async () => {
		await stack.remove();
	});

	/** Nothing under any name in the folder, nothing of ours in the container or on the server. */
	async function expectNothingLeft(output: string) {
		expect(namesIn(output)).toEqual([]);
		// A process that has just been ended is listed for a moment more.
		await expect.poll(() => stack.leftovers(), {timeout: 5000, interval: 500}).toEqual([]);
	}

	async function expectGood(file: string) {
		const bundle = await openBundle(file);
		await drive(verifyChecksums(bundle), () => {});
		await bundle.close();
	}

	test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
		'6b: the same with `docker compose exec -T`, the process keeps running in the container: cancelled half way by %s',
		async signal => {
			const output = stack.newOutput();
			const backup = stack.start(['--output', output]);
			await backup.halfWay(output);
			backup.kill(signal);
			const {exitCode, document} = await backup.finished;
			expect(exitCode).toBe(130);
			expect(document).toMatchObject({ok: false, error: {code: 'cancelled'}});
			await expectNothingLeft(output);
		},
	);

	test('cancelled from the wizard, at the beginning of every step', async () => {
		const services = {
			...createServices(
				{...process.env, LIFEBOAT_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'lifeboat-s-'))},
				stack.directory,
			),
		};
		const target = {files: [], profiles: [], envFiles: [], cwd: stack.directory};
		const detected = await detectStack(target, services);
		const steps: string[] = [];
		for (let at = 0; ; at++) {
			const output = stack.newOutput();
			const controller = new AbortController();
			const plan = await backupFlow.prepare(detected, backupFlow.answers.parse({output}), services, controller.signal);
			let seen = 0;
			const outcome = await drive(backupFlow.run(plan, services, controller.signal), event => {
				if (event.type !== 'step-started') return;
				if (seen === at) {
					steps.push(event.step);
					controller.abort(cancelled());
				}
				seen++;
			}).then(
				() => 'finished',
				error => error.code,
			);
			if (!controller.signal.aborted) break;
			expect(outcome).toBe('cancelled');
			await expectNothingLeft(output);
		}

		expect(steps.length).toBeGreaterThan(3);
	});

	test.each([
		['stopped', ['stop', '-t', '2']],
		['killed', ['kill']],
		['restarted', ['restart', '-t', '2']],
	] as const)('container %s half way', async (_what, command) => {
		const output = stack.newOutput();
		const backup = stack.start(['--output', output]);
		await backup.halfWay(output);
		await run(['docker', ...command, stack.container]);
		const {exitCode, document} = await backup.finished;
		expect(exitCode).toBe(1);
		expect(document.error.code).toMatch(/^(?:container-stopped|database-unreachable)$/);
		expect(document.error.hint).toBeTruthy();
		await stack.heal();
		await expectNothingLeft(output);
	});

	test('6b: container removed during `docker exec`: exit 137 and a truncated file', async () => {
		const output = stack.newOutput();
		const backup = stack.start(['--output', output]);
		await backup.halfWay(output);
		await run(['docker', 'rm', '-f', stack.container]);
		const {exitCode, document} = await backup.finished;
		expect(exitCode).toBe(1);
		expect(document.error.code).toBe('container-stopped');
		await stack.heal();
		await expectNothingLeft(output);
	});

	test('server crash: a backend killed with SIGKILL takes every session down', async () => {
		const output = stack.newOutput();
		const backup = stack.start(['--output', output]);
		await backup.halfWay(output);
		const pid = await stack.sql(
			`SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%' AND state = 'active' AND query LIKE 'COPY%' LIMIT 1`,
		);
		await stack.inside(`kill -9 ${pid.trim()}`);
		const {exitCode, document} = await backup.finished;
		expect(exitCode).toBe(1);
		expect(document.error.code).toMatch(/^(?:database-unreachable|dump-failed)$/);
		await stack.heal();
		await expectNothingLeft(output);
	});

	test.each(['custom', 'plain'])(
		'6b: backend killed mid-dump, a plain file ends with `\\.` and looks finished: %s dump',
		async format => {
			const output = stack.newOutput();
			const backup = stack.start(['--output', output, '--format', format]);
			await backup.halfWay(output);
			await stack.sql(
				`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%' AND query LIKE 'COPY%'`,
			);
			const {exitCode, document} = await backup.finished;
			expect(exitCode).toBe(1);
			// Whether the server's last words still reach a client whose pipe is full is a matter of luck.
			expect(document.error.code).toMatch(/^(?:database-unreachable|dump-failed)$/);
			expect(document.error.message).toMatch(/administrator|connection .* lost/);
			await expectNothingLeft(output);
		},
	);

	test.each(['SIGTERM', 'SIGINT', 'SIGKILL', 'SIGHUP'] as const)(
		'6b: `docker exec C cmd > f`, the client gets %s: exit 0 or not, a truncated file',
		async signal => {
			const output = stack.newOutput();
			const backup = stack.start(['--output', output]);
			await backup.halfWay(output);
			const carrier = childrenOf(backup.pid).find(child => child.command.includes('--snapshot='));
			expect(carrier).toBeDefined();
			process.kill(carrier?.pid ?? 0, signal);
			const {exitCode, document} = await backup.finished;
			expect(exitCode).toBe(1);
			expect(document.ok).toBe(false);
			await expectNothingLeft(output);
		},
	);

	test('6b: `pg_dump nodb | gzip > x.gz` without pipefail: exit 0 and an empty gzip', async () => {
		const output = stack.newOutput();
		const {exitCode, document} = await stack.run(['--output', output, '--database', 'nodb']);
		expect(exitCode).toBe(3);
		expect(document.error.code).toBe('database-not-found');
		await expectNothingLeft(output);
	});

	testAsRoot('disk full on the output', async () => {
		const output = stack.newOutput();
		await run(['mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', output]);
		try {
			const {exitCode, document} = await stack.run(['--output', output]);
			expect(exitCode).toBe(1);
			expect(document.error).toMatchObject({code: 'disk-full', message: expect.stringContaining(output)});
			await expectNothingLeft(output);
		} finally {
			await run(['umount', output]);
		}
	});

	test('disk full in the container, where the directory format needs space', async () => {
		await stack.inside('mv /tmp /tmp.real && ln -s /small /tmp && chmod 1777 /small');
		try {
			const output = stack.newOutput();
			const {exitCode, document} = await stack.run(['--output', output, '--format', 'directory']);
			expect(exitCode).toBe(1);
			expect(document.error.code).toBe('disk-full');
			await expectNothingLeft(output);
			expect(await stack.inside('ls -A /small')).toBe('');
		} finally {
			await stack.inside('rm /tmp && mv /tmp.real /tmp');
		}
	});

	testAsRoot('output folder: its parent is missing, read-only, a file; another device is fine', async () => {
		const base = stack.newOutput();
		const missing = await stack.run(['--output', join(base, 'not-mounted', 'backups')]);
		expect([missing.exitCode, missing.document.error.code]).toEqual([1, 'output-unwritable']);
		expect(missing.document.error.message).toContain('not-mounted');

		writeFileSync(join(base, 'file'), '');
		const file = await stack.run(['--output', join(base, 'file')]);
		expect(file.document.error.code).toBe('output-unwritable');

		const mounted = join(base, 'mounted');
		mkdirSync(mounted);
		await run(['mount', '-t', 'tmpfs', '-o', 'ro,size=1m', 'tmpfs', mounted]);
		const readOnly = await stack.run(['--output', mounted]);
		expect(readOnly.document.error).toMatchObject({
			code: 'output-unwritable',
			message: expect.stringContaining('read-only'),
		});
		await run(['mount', '-o', 'remount,rw,size=100m', mounted]);
		const other = await stack.run(['--output', mounted]);
		expect(other.exitCode).toBe(0);
		await expectGood(other.document.file);
		await run(['umount', mounted]);
	});

	test('lock held by another session: a bounded wait that names the holder', async () => {
		const output = stack.newOutput();
		const holder = run(['docker', 'exec', '-i', stack.container, 'psql', '-X', '-q', '-U', 'faults'], {
			input: `SET application_name = 'migrator'; BEGIN; LOCK TABLE first IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(60);`,
		}).catch(() => {});
		await expect
			.poll(
				() =>
					stack.sql(
						`SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'first'::regclass`,
					),
				{timeout: 20_000},
			)
			.toBe('1');
		const {exitCode, document} = await stack.run(['--output', output, '--lock-timeout', '5']);
		expect(exitCode).toBe(1);
		expect(document.error).toMatchObject({code: 'lock-timeout', message: expect.stringMatching(/migrator.*first/)});
		await stack.sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'migrator'`);
		await holder;
		await expectNothingLeft(output);
	});

	test('two at once: the second says who holds the lock; a stale lock blocks nobody', async () => {
		const output = stack.newOutput();
		const first = stack.start(['--output', output]);
		await first.halfWay(output);
		const second = await stack.run(['--output', output]);
		expect(second.exitCode).toBe(3);
		expect(second.document.error).toMatchObject({
			code: 'operation-under-way',
			message: expect.stringContaining(String(first.pid)),
		});
		first.kill('SIGKILL');
		await first.finished;
		const third = await stack.run(['--output', output]);
		expect(third.exitCode).toBe(0);
		expect(namesIn(output)).toHaveLength(1);
		await expectGood(third.document.file);
		expect(await stack.leftovers()).toEqual([]);
	});

	test('the clock goes back a day in the middle', async () => {
		const output = stack.newOutput();
		const real = createServices(
			{...process.env, LIFEBOAT_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'lifeboat-s-'))},
			stack.directory,
		);
		let calls = 0;
		const services = {...real, clock: {...real.clock, now: () => Date.now() - (calls++ > 0 ? 86_400_000 : 0)}};
		const {signal} = new AbortController();
		const detected = await detectStack({files: [], profiles: [], envFiles: [], cwd: stack.directory}, services);
		const plan = await backupFlow.prepare(detected, backupFlow.answers.parse({output}), services, signal);
		const result = await drive(backupFlow.run(plan, services, signal), () => {});
		expect(result.durationMs).toBeGreaterThanOrEqual(0);
		await expectGood(result.file);
	});

	/** Puts a script in the place of pg_dump. */
	async function withPgDump(script: string, work: () => Promise<void>) {
		const bin = '/usr/lib/postgresql/17/bin';
		await stack.inside(
			`mv ${bin}/pg_dump ${bin}/pg_dump.real && cat > ${bin}/pg_dump <<'END'\n#!/bin/sh\nreal=${bin}/pg_dump.real\n${script}\nEND\nchmod 755 ${bin}/pg_dump`,
		);
		try {
			await work();
		} finally {
			await stack.inside(`mv ${bin}/pg_dump.real ${bin}/pg_dump`);
		}
	}

	test('client older than the server', async () => {
		const output = stack.newOutput();
		const refusal = `case "$*" in *--version*) exec $real "$@";; esac
echo 'pg_dump: error: aborting because of server version mismatch' >&2
echo 'pg_dump: detail: server version: 17.11; pg_dump version: 15.18' >&2
exit 1`;
		await withPgDump(refusal, async () => {
			const {exitCode, document} = await stack.run(['--output', output]);
			expect(exitCode).toBe(3);
			expect(document.error.code).toBe('client-missing');
		});
		await expectNothingLeft(output);
	});

	test('6b: exit codes of the inner command are passed through: 7 after a whole dump', async () => {
		const output = stack.newOutput();
		await withPgDump('$real "$@"; case "$*" in *--snapshot*) exit 7;; esac', async () => {
			const {exitCode, document} = await stack.run(['--output', output]);
			expect(exitCode).toBe(1);
			expect(document.error.code).toBe('dump-failed');
		});
		await expectNothingLeft(output);
	});

	test('6b: exit codes of the inner command are no proof: 0 after half a dump', async () => {
		const output = stack.newOutput();
		await withPgDump(
			'case "$*" in *--snapshot*) $real "$@" | head -c 3000000; exit 0;; esac; exec $real "$@"',
			async () => {
				const {exitCode, document} = await stack.run(['--output', output]);
				expect(exitCode).toBe(1);
				expect(document.error.code).toBe('bundle-damaged');
			},
		);
		await expectNothingLeft(output);
	});

	test('noise on standard error: 200 000 lines, none of them in the dump', async () => {
		const output = stack.newOutput();
		const noise =
			'case "$*" in *--snapshot*) yes "pg_dump: warning: noise with a password=hunter2hunter2" | head -200000 >&2;; esac; exec $real "$@"';
		await withPgDump(noise, async () => {
			const {exitCode, document, stdout} = await stack.run(['--output', output]);
			expect(exitCode).toBe(0);
			expect(stdout).not.toContain('hunter2');
			await expectGood(document.file);
		});
	});

	test('6b: `docker exec -t … > f` and `docker compose exec` without -T: under a terminal too, the bytes are the same and stderr stays apart', async () => {
		const output = stack.newOutput();
		const {builtCommand} = await import('./lifeboat.js');
		const command = `cd '${stack.directory}' && '${process.execPath}' '${builtCommand}' backup --quiet --json --output '${output}'`;
		const env = {LIFEBOAT_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'lifeboat-s-'))};
		const {stdout} = await attempt(['script', '-qec', command, '/dev/null'], {env});
		const document = JSON.parse(stdout.trim());
		await expectGood(document.file);
		expect(document.databases[0].rows).toBe(1700);
	});
});
