const {createServer} = require('node:http');
const {createReadStream, createWriteStream, mkdirSync, rmSync} = require('node:fs');
const {dirname, join, normalize} = require('node:path');
const {pipeline} = require('node:stream');

createServer((request, response) => {
	const {pathname} = new URL(request.url, 'http://localhost');
	if (pathname === '/minio/health/live') return response.end();
	const path = join('/data', normalize(decodeURIComponent(pathname)));
	const finish = error => (error ? response.writeHead(error.code === 'ENOENT' ? 404 : 500).end() : response.end());
	if (request.method === 'PUT') {
		mkdirSync(dirname(path), {recursive: true});
		return pipeline(request, createWriteStream(path), finish);
	}
	if (request.method === 'DELETE') {
		rmSync(path, {force: true});
		return response.writeHead(204).end();
	}
	createReadStream(path).on('error', finish).pipe(response);
}).listen(9000, () => console.log('object store on port 9000'));

process.on('SIGTERM', () => process.exit(0));
