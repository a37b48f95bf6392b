import type {Fault} from './fault.js';
import {broken, compose, healthy, images, inOrder, override, type Step, up} from './steps.js';

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

/** A cache beside the database, which the application asks before it starts. */
export const cacheFaults: readonly Fault[] = [
	{
		name: 'cache stopped',
		rare: true,
		cause: 'db-host-unresolvable',
		service: 'app',
		proof: /valkey was stopped/,
		notBeside: ['cache-data-incompatible', 'cache-auth-failed'],
		repair: 'start-cache',
		put: inOrder(
			addCache('redis://:qu1te-a-queue@valkey:6379'),
			healthy,
			compose('stop', 'valkey'),
			compose('restart', 'app'),
			broken('app'),
		),
	},
	{
		name: 'another password for the cache',
		rare: true,
		cause: 'cache-auth-failed',
		service: 'app',
		proof: /WRONGPASS/,
		notBeside: ['db-auth-failed', 'db-host-unresolvable'],
		put: inOrder(addCache('redis://:anoth3r-one@valkey:6379'), broken('app')),
	},
	{
		name: 'file of the cache from another version',
		rare: true,
		cause: 'cache-data-incompatible',
		proof: /RDB|DB/,
		notBeside: ['cache-auth-failed'],
		put: inOrder(
			addCache('redis://:qu1te-a-queue@valkey:6379', 'printf REDIS9999 > /data/dump.rdb; '),
			broken('valkey'),
			broken('app'),
		),
	},
];

function addCache(url: string, before = ''): Step {
	return inOrder(
		images('valkey/valkey:8'),
		override({
			services: {
				valkey: {
					image: 'valkey/valkey:8',
					restart: 'unless-stopped',
					entrypoint: ['sh', '-c', `${before}exec valkey-server --dir /data --requirepass qu1te-a-queue`],
				},
				app: {environment: {REDIS_URL: url}, command: ['node', '--input-type=module', '-e', askFirst]},
			},
		}),
		up,
	);
}
