import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createHttp} from '../../source/engine/http.js';

const server = createServer((request, response) => {
	if (request.url === '/health') response.end('{"ok":true}');
	else if (request.url === '/login') response.writeHead(302, {location: '/sign-in'}).end();
	else if (request.url === '/big') response.end('x'.repeat(1_000_000));
	else if (request.url === '/drop') request.socket.destroy();
});
let base = '';

beforeAll(async () => {
	await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
	base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
	server.closeAllConnections();
	server.close();
});

test('gives status and body', async () => {
	expect(await createHttp().get(`${base}/health`, {timeoutMs: 5000})).toEqual({status: 200, body: '{"ok":true}'});
});

test('a redirect is an answer', async () => {
	expect((await createHttp().get(`${base}/login`, {timeoutMs: 5000})).status).toBe(302);
});

test('a long body is cut', async () => {
	const answer = await createHttp().get(`${base}/big`, {timeoutMs: 5000});
	expect(answer.status === null ? 0 : answer.body.length).toBe(65_536);
});

test('nobody listening, a dropped connection and a silent server are values with a reason', async () => {
	const http = createHttp();
	expect(await http.get('http://127.0.0.1:9/', {timeoutMs: 5000})).toMatchObject({status: null});
	expect(await http.get(`${base}/drop`, {timeoutMs: 5000})).toEqual({
		status: null,
		reason: 'connection closed without an answer',
	});
	expect(await http.get(`${base}/silent`, {timeoutMs: 50})).toEqual({status: null, reason: 'no answer within 0.05 s'});
});
