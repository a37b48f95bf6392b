import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {baseUrl, checkPassword, readSession, secret, sign, warnOfWeakSecret} from './auth.js';
import {openDatabase} from './database.js';

const {version} = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));
const pool = openDatabase();

const routes = [
	['GET', /^\/api\/trpc\/health\.ping$/, ping],
	['GET', /^\/api\/version$/, () => ({version})],
	['GET', /^\/sign-in$/, () => ({redirect: new URL('/login', baseUrl).href})],
	['GET', /^\/login$/, () => ({html: '<h1>Clerq</h1><form method="post" action="/api/auth/sign-in/email"></form>'})],
	['POST', /^\/api\/auth\/sign-in\/email$/, signIn],
	['GET', /^\/api\/clients$/, listClients],
	['POST', /^\/api\/clients$/, addClient],
	['GET', /^\/api\/invoices\/(\d+)\/pdf-link$/, linkInvoice],
	['GET', /^\/api\/logos\/(\d+)$/, showLogo],
];

async function ping() {
	const {rows} = await pool.query('SELECT now() AS time');
	return {result: {data: {json: {ok: true, time: rows[0].time}}}};
}

async function signIn(request) {
	if (secret === '') throw new Error('BETTER_AUTH_SECRET is not set; cannot sign sessions.');
	const {origin} = request.headers;
	if (origin && origin !== new URL(baseUrl).origin) {
		console.error(`[Better Auth]: Invalid origin: ${origin}`);
		console.error(`[Better Auth]: Current list of trustedOrigins: ${new URL(baseUrl).origin}`);
		return {status: 403, body: {code: 'INVALID_ORIGIN', message: 'Invalid origin'}};
	}
	const {email, password} = JSON.parse(await readBody(request));
	const {rows} = await pool.query(
		'SELECT u.id, a.password FROM "user" u JOIN account a ON a.user_id = u.id WHERE u.email = $1',
		[email],
	);
	if (rows.length === 0 || !checkPassword(password, rows[0].password)) return {status: 401, body: {error: 'Invalid email or password'}};
	await pool.query("INSERT INTO session (user_id, expires_at) VALUES ($1, now() + interval '7 days')", [rows[0].id]);
	return {
		cookie: `clerq.session=${rows[0].id}.${sign(rows[0].id)}; Path=/; HttpOnly`,
		body: {user: rows[0].id, redirect: new URL('/dashboard', baseUrl).href},
	};
}

async function listClients(request) {
	if (!readSession(request)) return {status: 401, body: {error: 'sign in first'}};
	const {rows} = await pool.query('SELECT id, name, country, email FROM clients ORDER BY id');
	return rows;
}

async function addClient(request) {
	if (!readSession(request)) return {status: 401, body: {error: 'sign in first'}};
	const {name, country, email} = JSON.parse(await readBody(request));
	const {rows} = await pool.query('INSERT INTO clients (name, country, email) VALUES ($1, $2, $3) RETURNING id', [name, country, email]);
	return {status: 201, body: rows[0]};
}

async function linkInvoice(_request, id) {
	if (secret === '') throw new Error('BETTER_AUTH_SECRET is not set; cannot sign invoice PDF links.');
	const {rows} = await pool.query('SELECT number FROM invoices WHERE id = $1', [id]);
	if (rows.length === 0) return {status: 404, body: {error: 'no such invoice'}};
	return {url: new URL(`/invoices/${rows[0].number}.pdf?signature=${sign(rows[0].number)}`, baseUrl).href};
}

async function showLogo(_request, id) {
	const {rows} = await pool.query('SELECT content FROM logos WHERE client_id = $1', [id]);
	return rows.length === 0 ? {status: 404, body: {error: 'no logo'}} : {bytes: rows[0].content};
}

async function readBody(request) {
	const parts = [];
	for await (const part of request) parts.push(part);
	return Buffer.concat(parts).toString('utf8');
}

async function handle(request, response) {
	const path = new URL(request.url, 'http://localhost').pathname;
	const route = routes.find(([method, pattern]) => method === request.method && pattern.test(path));
	if (!route) return send(response, 404, {error: 'not found'});
	try {
		const answer = await route[2](request, ...route[1].exec(path).slice(1));
		if (answer.cookie) response.setHeader('set-cookie', answer.cookie);
		if (answer.redirect && !answer.body) return response.writeHead(302, {location: answer.redirect}).end();
		if (answer.html) return response.writeHead(200, {'content-type': 'text/html'}).end(answer.html);
		if (answer.bytes) return response.writeHead(200, {'content-type': 'image/png'}).end(answer.bytes);
		send(response, answer.status ?? 200, answer.body ?? answer);
	} catch (error) {
		console.error(`${request.method} ${path} failed:`, error);
		send(response, 500, {error: {message: error.message, code: 'INTERNAL_SERVER_ERROR'}});
	}
}

function send(response, status, body) {
	response.writeHead(status, {'content-type': 'application/json'}).end(JSON.stringify(body));
}

warnOfWeakSecret();
try {
	await pool.query('SELECT 1 FROM drizzle.__drizzle_migrations LIMIT 1');
} catch (error) {
	console.error('Cannot reach the database:', error);
	process.exit(1);
}
const server = createServer(handle).listen(3000, () => console.log(`clerq ${version} listening on port 3000`));
for (const signal of ['SIGTERM', 'SIGINT']) {
	process.on(signal, () => {
		server.close();
		server.closeAllConnections();
		pool.end().then(() => process.exit(0));
	});
}
