import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {openDatabase} from './database.js';

const folder = new URL('drizzle/', import.meta.url);
const journal = JSON.parse(readFileSync(new URL('meta/_journal.json', folder), 'utf8'));
const pool = openDatabase();

async function main() {
	const client = await pool.connect();
	await client.query('CREATE SCHEMA IF NOT EXISTS drizzle');
	await client.query(`CREATE TABLE IF NOT EXISTS drizzle.__drizzle_migrations (
		id SERIAL PRIMARY KEY,
		hash text NOT NULL,
		created_at bigint
	)`);
	const last = await client.query('SELECT created_at FROM drizzle.__drizzle_migrations ORDER BY created_at DESC LIMIT 1');
	const reached = Number(last.rows[0]?.created_at ?? 0);
	const pending = journal.entries.filter(entry => entry.when > reached);
	await client.query('BEGIN');
	for (const entry of pending) {
		const text = readFileSync(new URL(`${entry.tag}.sql`, folder), 'utf8');
		for (const statement of text.split('--> statement-breakpoint')) {
			await client.query(statement);
		}
		const hash = createHash('sha256').update(text).digest('hex');
		await client.query('INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ($1, $2)', [hash, entry.when]);
		console.log(`applied ${entry.tag}`);
	}
	await client.query('COMMIT');
	client.release();
	console.log(pending.length === 0 ? 'nothing to migrate' : `${pending.length} migration(s) applied`);
}

try {
	await main();
	await pool.end();
} catch (error) {
	console.error('Migration failed:', error);
	process.exit(1);
}
