import {expect, test} from 'vitest';
import {createProcesses} from '../../source/engine/processes.js';
import {isAppError} from '../../source/errors.js';

const processes = createProcesses();
const node = (script: string) => ['-e', script] as const;

test('a non-zero exit code is a result', async () => {
	const result = await processes.run(
		process.execPath,
		node('console.log("out"); console.error("err"); process.exit(7)'),
	);
	expect(result).toEqual({exitCode: 7, stdout: 'out\n', stderr: 'err\n', timedOut: false});
});

test('input reaches the program, and standard input is empty without it', async () => {
	const script = 'process.stdin.pipe(process.stdout)';
	expect((await processes.run(process.execPath, node(script), {input: 'secret'})).stdout).toBe('secret');
	expect((await processes.run(process.execPath, node(script))).stdout).toBe('');
});

test('a missing docker command says what to install', async () => {
	const error = await createProcesses({PATH: '/nonexistent'})
		.run('docker', ['version'])
		.catch(caught => caught);
	expect(isAppError(error, 'docker-cli-missing')).toBe(true);
});

test('a program that cannot be started rejects `exit` when it is streamed', async () => {
	const running = processes.start('/nonexistent/program', []);
	await expect(running.exit).rejects.toMatchObject({code: 'tool-failed'});
});

test('bytes pass unchanged and the end of a program by a signal is told as 128 + n', async () => {
	const script = 'process.stdout.write(Buffer.from([0,255,10,13,27]), () => process.kill(process.pid, "SIGKILL"))';
	const running = processes.start(process.execPath, node(script));
	const chunks: Buffer[] = [];
	for await (const chunk of running.stdout) chunks.push(chunk as Buffer);
	expect(Buffer.concat(chunks)).toEqual(Buffer.from([0, 255, 10, 13, 27]));
	expect(await running.exit).toEqual({exitCode: 137, signal: 'SIGKILL'});
});

test('an abort ends the program and rejects with the reason', async () => {
	const controller = new AbortController();
	const running = processes.start(process.execPath, node('console.error("ready"); setInterval(() => {}, 1000)'), {
		signal: controller.signal,
	});
	for await (const line of running.stderr) {
		if (line === 'ready') controller.abort();
	}
	await expect(running.exit).rejects.toMatchObject({code: 'cancelled'});
});

test('the environment is what was given, not that of the test', async () => {
	const alone = createProcesses({PATH: process.env['PATH'], ONLY: 'this'});
	const result = await alone.run(process.execPath, node('console.log(process.env.ONLY, process.env.HOME)'));
	expect(result.stdout).toBe('this undefined\n');
});
