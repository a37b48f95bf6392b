import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import pg from 'pg';

/** The value of an environment variable; ends the process when it is missing or empty. */
export function requireSetting(name) {
	const value = process.env[name];
	if (!value) {
		console.error(`${name} is not set.`);
		process.exit(1);
	}
	return value;
}

/** A pool on DATABASE_URL that has reached the database once, or the end of the process. */
export async function openPool(applicationName, url = requireSetting('DATABASE_URL'), options = {}) {
	const pool = new pg.Pool({
		connectionString: url,
		max: 4,
		connectionTimeoutMillis: 5000,
		application_name: applicationName,
		...options,
	});
	pool.on('error', error => console.error('idle connection lost:', error.message));
	try {
		await pool.query('SELECT 1');
	} catch (error) {
		console.error('Cannot reach the database:', error);
		process.exit(1);
	}
	process.on('SIGTERM', () => pool.end().finally(() => process.exit(0)));
	return pool;
}

/** Serves JSON: routes are functions by "METHOD /path"; what one throws becomes a 500 and a line in the log. */
export function serve(port, routes) {
	const server = createServer(async (request, response) => {
		const path = new URL(request.url, 'http://localhost').pathname;
		const route = routes[`${request.method} ${path}`];
		if (!route) return send(response, 404, {error: 'not found'});
		try {
			const parts = [];
			for await (const part of request) parts.push(part);
			send(response, 200, await route(Buffer.concat(parts).toString('utf8'), request));
		} catch (error) {
			console.error(`${request.method} ${path} failed:`, error);
			send(response, error.status ?? 500, {error: error.message});
		}
	});
	server.listen(port, () => console.log(`listening on port ${port}`));
	process.on('SIGTERM', () => {
		server.close(() => process.exit(0));
		server.closeAllConnections();
	});
}

function send(response, status, body) {
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	response.writeHead(status, {'content-type': typeof body === 'string' ? 'text/html' : 'application/json'}).end(text);
}

/** Applies the Drizzle migrations of a folder in one transaction and records them where Drizzle does. Returns how many. */
export async function migrateDrizzle(pool, folder) {
	const journal = JSON.parse(readFileSync(new URL('meta/_journal.json', folder), 'utf8'));
	const client = await pool.connect();
	await client.query('CREATE SCHEMA IF NOT EXISTS drizzle');
	await client.query(
		'CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)',
	);
	const last = await client.query('SELECT max(created_at) AS reached FROM drizzle.__drizzle_migrations');
	const pending = journal.entries.filter(entry => entry.when > Number(last.rows[0].reached ?? 0));
	await client.query('BEGIN');
	for (const {tag, when} of pending) {
		const text = readFileSync(new URL(`${tag}.sql`, folder), 'utf8');
		for (const statement of text.split('--> statement-breakpoint')) await client.query(statement);
		const hash = createHash('sha256').update(text).digest('hex');
		await client.query('INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)', [hash, when]);
		console.log(`applied ${tag}`);
	}
	await client.query('COMMIT');
	client.release();
	return pending.length;
}
