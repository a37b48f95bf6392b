import {ensureImages} from '../../lab/build-images.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';

/** A cache beside the database, which the application asks before it starts. */
export const cacheFaults: readonly Fault[] = [
	{
		name: 'cache stopped',
		rare: true,
		cause: 'db-host-unresolvable',
		service: 'app',
		proof: /valkey was stopped/,
		notBeside: ['cache-data-incompatible', 'cache-auth-failed'],
		fix: 'start-cache',
		applied: true,
		async put(bench) {
			await addCache(bench, 'redis://:qu1te-a-queue@valkey:6379');
			await bench.untilHealthy();
			await bench.compose('stop', 'valkey');
			await bench.compose('restart', 'app');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'another password for the cache',
		rare: true,
		cause: 'cache-auth-failed',
		service: 'app',
		proof: /WRONGPASS/,
		notBeside: ['db-auth-failed', 'db-host-unresolvable'],
		async put(bench) {
			await addCache(bench, 'redis://:anoth3r-one@valkey:6379');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'file of the cache from another version',
		rare: true,
		cause: 'cache-data-incompatible',
		proof: /RDB|DB/,
		notBeside: ['cache-auth-failed'],
		async put(bench) {
			await addCache(bench, 'redis://:qu1te-a-queue@valkey:6379', 'printf REDIS9999 > /data/dump.rdb; ');
			await bench.untilBroken('valkey');
			await bench.untilBroken('app');
		},
	},
];

/** Asks the cache in its own protocol before the server starts; says what it answers. */
const askFirst = `
import {createConnection} from 'node:net';
const {hostname, password} = new URL(process.env.REDIS_URL);
const socket = createConnection(6379, hostname, () => socket.write('AUTH ' + password + '\\r\\n'));
socket.on('error', error => {
	console.error('Cannot reach the cache:', error);
	process.exit(1);
});
socket.once('data', async data => {
	const answer = data.toString().trim();
	socket.end();
	if (answer.startsWith('-')) {
		console.error('ReplyError: ' + answer.slice(1));
		process.exit(1);
	}
	await import('/app/server.js');
});
`;

async function addCache(bench: Bench, url: string, before = ''): Promise<void> {
	await ensureImages(['valkey/valkey:8'], () => {});
	await bench.override({
		services: {
			valkey: {
				image: 'valkey/valkey:8',
				restart: 'unless-stopped',
				entrypoint: ['sh', '-c', `${before}exec valkey-server --dir /data --requirepass qu1te-a-queue`],
			},
			app: {environment: {REDIS_URL: url}, command: ['node', '--input-type=module', '-e', askFirst]},
		},
	});
	await bench.compose('up', '-d');
}
