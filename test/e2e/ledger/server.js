import {existsSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {pool} from './database.js';

/** `hold/health` keeps the application from being healthy; `hold/asked` tells that somebody asked meanwhile. */
async function health() {
	if (existsSync('/hold/health')) {
		writeFileSync('/hold/asked', '');
		throw new Error('held');
	}
	await pool.query('SELECT count(*) FROM accounts');
}

const server = createServer((_request, response) =>
	health().then(
		() => response.writeHead(200, {'content-type': 'application/json'}).end('{"ok":true}'),
		error =>
			response
				.writeHead(503, {'content-type': 'application/json'})
				.end(JSON.stringify({ok: false, error: error.message})),
	),
);
server.listen(3000);
process.on('SIGTERM', () => process.exit(0));
