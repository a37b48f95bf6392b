import {chmod, mkdtemp, open, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {findImagePrefix} from '../../lab/registry.js';
import {attempt, run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';
import {broken, compose, ended, healthy, inOrder, override, type Step, says, setEnv, up} from './steps.js';

/** Somebody opens a page. */
const visit =
	(path: string): Step =>
	({stack}) =>
		attempt(['curl', '-sS', '-m', '60', new URL(path, stack.healthUrl).href]);

/** The application: secrets, addresses, memory, start. */
export const applicationFaults: readonly Fault[] = [
	{
		name: 'BETTER_AUTH_SECRET not set',
		cause: 'secret-missing',
		service: 'app',
		proof: /BETTER_AUTH_SECRET/,
		repair: 'generate-secret',
		put: inOrder(
			setEnv('BETTER_AUTH_SECRET', ''),
			up,
			healthy,
			visit('/api/invoices/1/pdf-link'),
			says('app', /BETTER_AUTH_SECRET is not set; cannot sign invoice PDF links\./),
		),
	},
	{
		name: 'BETTER_AUTH_SECRET weak',
		cause: 'secret-weak',
		service: 'app',
		proof: /BETTER_AUTH_SECRET/,
		repair: 'generate-secret',
		put: inOrder(setEnv('BETTER_AUTH_SECRET', 'secretsecretsecretsecretsecretsecret'), up, healthy),
	},
	{
		name: 'BETTER_AUTH_URL with another port than the published one',
		cause: 'public-url-mismatch',
		// A proxy may publish that port: without a word of a user or a log nobody can be sure.
		confidence: 'medium',
		service: 'app',
		proof: /BETTER_AUTH_URL/,
		repair: 'set-public-url',
		answers: bench => ['--value', new URL(bench.stack.healthUrl).origin],
		put: inOrder(setEnv('BETTER_AUTH_URL', 'http://localhost:3000'), up, healthy),
	},
	{
		name: 'BETTER_AUTH_URL without a scheme',
		rare: true,
		cause: 'public-url-malformed',
		service: 'app',
		proof: /BETTER_AUTH_URL is clerq\.example\.com/,
		repair: 'repair-url',
		answers: bench => ['--value', new URL(bench.stack.healthUrl).origin],
		put: inOrder(
			setEnv('BETTER_AUTH_URL', 'clerq.example.com'),
			up,
			healthy,
			visit('/sign-in'),
			says('app', /Invalid URL/),
		),
	},
	{
		name: 'killed for its memory limit',
		rare: true,
		cause: 'oom-killed',
		service: 'app',
		confidence: 'high',
		proof: /OOM|memory/i,
		repair: 'raise-memory',
		put: inOrder(
			override({
				services: {
					app: {
						mem_limit: '64m',
						memswap_limit: '64m',
						// More than half of what it gets, less than twice that.
						command: ['node', '-e', 'globalThis.held = Buffer.alloc(5e7, 1); import("/app/server.js")'],
					},
				},
			}),
			up,
			broken('app'),
		),
	},
	{
		name: 'heap of Node exhausted',
		rare: true,
		cause: 'app-heap-exhausted',
		service: 'app',
		proof: /heap/i,
		repair: 'raise-heap',
		put: inOrder(
			override({
				services: {
					app: {
						environment: {NODE_OPTIONS: '--max-old-space-size=32'},
						command: [
							'node',
							'-e',
							'globalThis.held = []; for (let n = 0; n < 1e6; n++) held.push({n, text: "entry " + n}); import("/app/server.js")',
						],
					},
				},
			}),
			up,
			says('app', /heap out of memory/),
			broken('app'),
		),
	},
	{
		name: 'killed by somebody',
		rare: true,
		cause: 'killed-sigkill',
		service: 'app',
		proof: /137|kill/i,
		put: inOrder(
			override({services: {app: {restart: 'no'}}}),
			up,
			healthy,
			compose('kill', '-s', 'KILL', 'app'),
			ended('app'),
		),
	},
	{
		name: 'health check with a tool that the image lacks',
		rare: true,
		cause: 'healthcheck-broken',
		service: 'app',
		proof: /wget/,
		put: inOrder(
			override({
				services: {
					app: {
						healthcheck: {
							test: ['CMD', 'wget', '-q', '-O-', 'http://localhost:3000/'],
							interval: '1s',
							retries: 2,
							start_period: '0s',
						},
					},
				},
			}),
			up,
			broken('app'),
		),
	},
	{
		name: 'Windows line ends in the entry point',
		cause: 'crlf-entrypoint',
		service: 'app',
		proof: /no such file|not found|CRLF|line end/i,
		repair: 'convert-crlf',
		put: inOrder(
			bench => writeFile(join(bench.directory, 'start.sh'), '#!/bin/sh\r\nexec node server.js\r\n', {mode: 0o755}),
			override({services: {app: {entrypoint: ['/app/start.sh']}}}),
			compose('up', '-d', '--build'),
		),
		undo: bench => rm(join(bench.directory, 'start.sh'), {force: true}),
	},
	{
		name: 'image for another CPU',
		rare: true,
		cause: 'arch-mismatch',
		service: 'app',
		proof: /exec format|arm64/i,
		repair: 'set-platform',
		async put(bench) {
			const image = await publishForBoth(bench);
			await bench.edit('docker-compose.yml', text =>
				text.replace(/( {2}app:\n) {4}build: \.\n/, `$1    image: ${image}\n    platform: linux/arm64\n`),
			);
			await bench.compose('up', '-d');
			await bench.untilBroken('app');
		},
	},
];

/** Pushes an image that the registry has for amd64, the real application, and for arm64. Resolves with its name; this machine has neither. */
async function publishForBoth({stack}: Bench): Promise<string> {
	const image = `${await findImagePrefix(stack.project)}/app:1`;
	const [amd64, arm64] = [`${image}-amd64`, `${image}-arm64`];
	const folder = await mkdtemp(join(tmpdir(), 'lifeboat-arm-'));
	try {
		await copyProgramForArm(join(folder, 'clerq'));
		await run(['docker', 'tag', `${stack.project}-app`, amd64]);
		await writeFile(join(folder, 'Dockerfile'), 'FROM scratch\nCOPY clerq /clerq\nCMD ["/clerq"]\n');
		await run(['docker', 'build', '--quiet', '--platform', 'linux/arm64', '--tag', arm64, folder]);
		for (const part of [amd64, arm64]) await run(['docker', 'push', '--quiet', part]);
		await run(['docker', 'manifest', 'create', '--insecure', image, amd64, arm64]);
		await run(['docker', 'manifest', 'push', '--insecure', '--purge', image]);
		await run(['docker', 'image', 'rm', amd64, arm64]);
		return image;
	} finally {
		await rm(folder, {recursive: true});
	}
}

/** The head of this machine's Node with the mark of another CPU (ELF, e_machine 183): what the kernel looks at before it starts a program. */
async function copyProgramForArm(path: string): Promise<void> {
	const node = await open(process.execPath);
	try {
		const {buffer} = await node.read(Buffer.alloc(4096), 0, 4096, 0);
		buffer[18] = 183;
		await writeFile(path, buffer);
		await chmod(path, 0o755);
	} finally {
		await node.close();
	}
}
