const {createServer, request: forward} = require('node:http');
const {existsSync, mkdirSync, writeFileSync} = require('node:fs');

const upstream = new URL(process.env.UPSTREAM ?? 'http://api:8080');
mkdirSync('/letsencrypt', {recursive: true});
if (!existsSync('/letsencrypt/acme.json')) {
	writeFileSync(
		'/letsencrypt/acme.json',
		JSON.stringify({lab: {Account: {Email: 'ops@avnology.example'}, Certificates: []}}),
		{mode: 0o600},
	);
}

createServer((request, response) => {
	const onward = forward(
		{host: upstream.hostname, port: upstream.port, method: request.method, path: request.url, headers: request.headers},
		answer => {
			response.writeHead(answer.statusCode, answer.headers);
			answer.pipe(response);
		},
	);
	onward.on('error', error => response.writeHead(502).end(`Bad Gateway: ${error.code}\n`));
	request.pipe(onward);
}).listen(80, () => console.log(`proxy for ${upstream.href} on port 80`));

process.on('SIGTERM', () => process.exit(0));
