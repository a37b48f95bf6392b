import {createConnection} from 'node:net';

/** Sends one command to Redis and returns the first line of its answer. */
export function askRedis(url, ...words) {
	const {hostname, port} = new URL(url);
	const request = `*${words.length}\r\n${words.map(word => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
	return new Promise((resolve, reject) => {
		const socket = createConnection({host: hostname, port: Number(port || 6379)}, () => socket.write(request));
		socket.setTimeout(3000, () => socket.destroy(new Error('Redis does not answer')));
		socket.once('data', data => {
			socket.end();
			resolve(data.toString('utf8').split('\r\n')[0]);
		});
		socket.once('error', reject);
	});
}
