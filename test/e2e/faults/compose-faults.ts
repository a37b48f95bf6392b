import {createServer as createHttpServer, type ServerResponse} from 'node:http';
import {type AddressInfo, createServer} from 'node:net';
import {run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';
import {broken, compose, edit, inCompose, inOrder, override, up} from './steps.js';

/** One more line of the service `app`, the only one with ports. */
const inApp = (line: string) => inCompose('    ports:\n', `    ${line}\n    ports:\n`);

const withoutApp = compose('rm', '-s', '-f', 'app');

let holder: {close(): void} | undefined;
const letGo = async () => holder?.close();

/** What Compose and the engine refuse before a process runs. */
export const composeFaults: readonly Fault[] = [
	{
		name: 'host port taken',
		rare: true,
		cause: 'port-in-use',
		service: 'app',
		proof: /3\d{4}/,
		// Carried out in fix.test.ts: the application answers elsewhere afterwards.
		fix: 'change-port',
		put: takePort,
		undo: letGo,
	},
	{
		name: 'tag that the registry does not know',
		rare: true,
		cause: 'image-not-found',
		proof: /clerq-app:9\.9\.9.*manifest unknown/,
		fix: 'correct-image',
		put: bench => pullFrom(bench, 404, {code: 'MANIFEST_UNKNOWN', message: 'manifest unknown'}),
		undo: letGo,
	},
	{
		name: 'registry that limits pulls',
		rare: true,
		cause: 'image-pull-rate-limited',
		proof: /toomanyrequests|pull rate limit/,
		fix: 'sign-in-registry',
		put: bench =>
			pullFrom(bench, 429, {
				code: 'TOOMANYREQUESTS',
				message: 'You have reached your unauthenticated pull rate limit.',
			}),
		undo: letGo,
	},
	{
		name: 'external network missing',
		cause: 'network-missing',
		proof: /clerq_proxy_net/,
		repair: 'create-network',
		put: inOrder(
			withoutApp,
			inApp('networks: [default, proxy]'),
			edit('docker-compose.yml', text => `${text}networks:\n  proxy:\n    external: true\n    name: clerq_proxy_net\n`),
			up,
		),
		undo: inOrder(withoutApp, () => run(['docker', 'network', 'rm', 'clerq_proxy_net']).catch(() => {})),
	},
	{
		name: 'folder where a file is mounted',
		rare: true,
		cause: 'mount-path-type',
		service: 'app',
		proof: /clerq\.conf|directory/,
		fix: 'create-host-file',
		put: inOrder(override({services: {app: {volumes: ['./clerq.conf:/app/package.json']}}}), up),
		undo: inOrder(withoutApp, bench => run(['rm', '-rf', `${bench.directory}/clerq.conf`])),
	},
	{
		name: 'env file missing',
		rare: true,
		cause: 'env-not-loaded',
		proof: /app\.env/,
		put: inApp('env_file: [app.env]'),
	},
	{
		name: 'file of a secret missing',
		rare: true,
		cause: 'mount-path-type',
		proof: /nowhere\.txt/,
		put: inOrder(
			override({
				services: {app: {secrets: ['token']}},
				secrets: {token: {file: './nowhere.txt'}},
			}),
			withoutApp,
			up,
		),
	},
	{
		name: 'correction in a new override file, and only a restart',
		cause: 'env-not-loaded',
		service: 'app',
		confidence: 'medium',
		proof: /docker-compose\.override\.yml|edited/,
		repair: 'apply-environment',
		put: inOrder(
			inApp('command: ["node", "-e", "process.exit(3)"]'),
			up,
			broken('app'),
			override({services: {app: {command: ['node', 'server.js']}}}),
			compose('restart', 'app'),
			broken('app'),
		),
	},
	{
		name: 'required variable missing',
		rare: true,
		cause: 'env-not-loaded',
		proof: /CLERQ_REGION/,
		put: inCompose('BETTER_AUTH_SECRET: ', 'REGION: ${CLERQ_REGION:?set it}\n      BETTER_AUTH_SECRET: '),
	},
	{
		name: 'container name taken by another project',
		rare: true,
		cause: 'container-name-conflict',
		proof: /clerq-only-one/,
		fix: 'use-same-project',
		put: inOrder(
			() =>
				run([
					...['docker', 'create', '--name', 'clerq-only-one'],
					...['--label', 'com.docker.compose.project=elsewhere', 'postgres:17'],
				]),
			withoutApp,
			inApp('container_name: clerq-only-one'),
			up,
		),
		undo: () => run(['docker', 'rm', '-f', 'clerq-only-one']),
	},
];

async function takePort(bench: Bench): Promise<void> {
	const port = Number(new URL(bench.stack.healthUrl).port);
	await withoutApp(bench);
	const server = createServer();
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '0.0.0.0', resolve);
	});
	holder = server;
	await bench.compose('up', '-d');
}

/** An image of a registry on this machine that answers every question with one refusal. */
async function pullFrom(bench: Bench, status: number, error: {readonly code: string; readonly message: string}) {
	const refuse = (response: ServerResponse) =>
		response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify({errors: [error]}));
	const registry = createHttpServer((request, response) => {
		if (request.url === '/v2/') response.writeHead(200).end('{}');
		else refuse(response);
	});
	await new Promise<void>(resolve => registry.listen(0, '127.0.0.1', resolve));
	holder = registry;
	const {port} = registry.address() as AddressInfo;
	await withoutApp(bench);
	await bench.edit('docker-compose.yml', text =>
		text.replace(/( {2}app:\n) {4}build: \.\n/, `$1    image: 127.0.0.1:${port}/clerq-app:9.9.9\n`),
	);
	await bench.compose('up', '-d', '--no-build');
}
