import {createServer as createHttpServer, type ServerResponse} from 'node:http';
import {type AddressInfo, createServer} from 'node:net';
import {run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';

/** What Compose and the engine refuse before a process runs. */
export const composeFaults: readonly Fault[] = [
	{
		name: 'host port taken',
		rare: true,
		cause: 'port-in-use',
		service: 'app',
		proof: /3\d{4}/,
		fix: 'change-port',
		applied: true,
		put: bench => takePort(bench),
		undo: async () => holder?.close(),
	},
	{
		name: 'tag that the registry does not know',
		rare: true,
		cause: 'image-not-found',
		proof: /clerq-app:9\.9\.9.*manifest unknown/,
		fix: 'correct-image',
		put: bench => pullFrom(bench, 404, {code: 'MANIFEST_UNKNOWN', message: 'manifest unknown'}),
		undo: async () => holder?.close(),
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
		undo: async () => holder?.close(),
	},
	{
		name: 'external network missing',
		cause: 'network-missing',
		proof: /clerq_proxy_net/,
		fix: 'create-network',
		applied: true,
		async put(bench) {
			await bench.compose('rm', '-s', '-f', 'app');
			await bench.edit(
				'docker-compose.yml',
				text => `${inApp('networks: [default, proxy]')(text)}networks:
  proxy:
    external: true
    name: clerq_proxy_net
`,
			);
			await bench.compose('up', '-d');
		},
		undo: async bench => {
			await bench.compose('rm', '-s', '-f', 'app');
			await run(['docker', 'network', 'rm', 'clerq_proxy_net']).catch(() => {});
		},
	},
	{
		name: 'folder where a file is mounted',
		rare: true,
		cause: 'mount-path-type',
		service: 'app',
		proof: /clerq\.conf|directory/,
		fix: 'create-host-file',
		async put(bench) {
			await bench.override({services: {app: {volumes: ['./clerq.conf:/app/package.json']}}});
			await bench.compose('up', '-d');
		},
		undo: async bench => {
			await bench.compose('rm', '-s', '-f', 'app');
			await run(['rm', '-rf', `${bench.directory}/clerq.conf`]);
		},
	},
	{
		name: 'env file missing',
		rare: true,
		cause: 'env-not-loaded',
		proof: /app\.env/,
		async put(bench) {
			await bench.edit('docker-compose.yml', inApp('env_file: [app.env]'));
		},
	},
	{
		name: 'file of a secret missing',
		rare: true,
		cause: 'mount-path-type',
		proof: /nowhere\.txt/,
		async put(bench) {
			await bench.override({
				services: {app: {secrets: ['token']}},
				secrets: {token: {file: './nowhere.txt'}},
			});
			await bench.compose('rm', '-s', '-f', 'app');
			await bench.compose('up', '-d');
		},
	},
	{
		name: 'correction in a new override file, and only a restart',
		cause: 'env-not-loaded',
		service: 'app',
		confidence: 'medium',
		proof: /docker-compose\.override\.yml|edited/,
		fix: 'apply-environment',
		applied: true,
		async put(bench) {
			await bench.edit('docker-compose.yml', inApp('command: ["node", "-e", "process.exit(3)"]'));
			await bench.compose('up', '-d');
			await bench.untilBroken('app');
			await bench.override({services: {app: {command: ['node', 'server.js']}}});
			await bench.compose('restart', 'app');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'required variable missing',
		rare: true,
		cause: 'env-not-loaded',
		proof: /CLERQ_REGION/,
		async put(bench) {
			await bench.edit('docker-compose.yml', text =>
				text.replace('BETTER_AUTH_SECRET: ', () => 'REGION: ${CLERQ_REGION:?set it}\n      BETTER_AUTH_SECRET: '),
			);
		},
	},
	{
		name: 'container name taken by another project',
		rare: true,
		cause: 'container-name-conflict',
		proof: /clerq-only-one/,
		fix: 'use-same-project',
		async put(bench) {
			await run([
				'docker',
				'create',
				'--name',
				'clerq-only-one',
				'--label',
				'com.docker.compose.project=elsewhere',
				'postgres:17',
			]);
			await bench.compose('rm', '-s', '-f', 'app');
			await bench.edit('docker-compose.yml', inApp('container_name: clerq-only-one'));
			await bench.compose('up', '-d');
		},
		undo: async () => {
			await run(['docker', 'rm', '-f', 'clerq-only-one']);
		},
	},
];

/** A line of the service `app`, the only one with ports. */
const inApp = (line: string) => (text: string) => text.replace('    ports:\n', `    ${line}\n    ports:\n`);

let holder: {close(): void} | undefined;

async function takePort(bench: Bench): Promise<void> {
	const port = Number(new URL(bench.stack.healthUrl).port);
	await bench.compose('rm', '-s', '-f', 'app');
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
	await bench.compose('rm', '-s', '-f', 'app');
	await bench.edit('docker-compose.yml', text =>
		text.replace(/( {2}app:\n) {4}build: \.\n/, `$1    image: 127.0.0.1:${port}/clerq-app:9.9.9\n`),
	);
	await bench.compose('up', '-d', '--no-build');
}
