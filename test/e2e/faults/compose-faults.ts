import {createServer} from 'node:net';
import {run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';

/** What Compose and the engine refuse before a process runs. */
export const composeFaults: readonly Fault[] = [
	{
		name: 'host port taken',
		cause: 'port-in-use',
		service: 'app',
		proof: /3\d{4}/,
		fix: 'change-port',
		put: bench => takePort(bench),
		undo: async () => holder?.close(),
	},
	{
		name: 'image that does not exist',
		cause: 'image-not-found',
		proof: /clerq-nowhere/,
		fix: 'correct-image',
		async put(bench) {
			await bench.compose('rm', '-s', '-f', 'app');
			await bench.edit('docker-compose.yml', text =>
				text.replace(/( {2}app:\n) {4}build: \.\n/, '$1    image: clerq-nowhere:9.9.9\n'),
			);
			await bench.compose('up', '-d', '--no-build');
		},
	},
	{
		name: 'external network missing',
		cause: 'network-missing',
		proof: /clerq_proxy_net/,
		fix: 'create-network',
		async put(bench) {
			await bench.compose('rm', '-s', '-f', 'app');
			await bench.override({
				services: {app: {networks: ['default', 'proxy']}},
				networks: {proxy: {external: true, name: 'clerq_proxy_net'}},
			});
			await bench.compose('up', '-d');
		},
		undo: async () => {
			await run(['docker', 'network', 'rm', 'clerq_proxy_net']).catch(() => {});
		},
	},
	{
		name: 'folder where a file is mounted',
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
		cause: 'env-not-loaded',
		proof: /app\.env/,
		async put(bench) {
			await bench.override({services: {app: {env_file: ['app.env']}}});
		},
	},
	{
		name: 'required variable missing',
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
			await bench.override({services: {app: {container_name: 'clerq-only-one'}}});
			await bench.compose('up', '-d');
		},
		undo: async () => {
			await run(['docker', 'rm', '-f', 'clerq-only-one']);
		},
	},
];

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
