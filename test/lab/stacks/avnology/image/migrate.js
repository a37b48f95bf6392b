import {readdirSync, readFileSync} from 'node:fs';
import {openPool} from 'lab-kit';

// Files NUMBER_NAME.up.sql and .down.sql; one row in schema_migrations says how far it got and whether it broke off.
const command = process.env.MIGRATE_COMMAND ?? 'up';
const pool = await openPool('avnology-migrate');
await pool.query('CREATE TABLE IF NOT EXISTS schema_migrations (version bigint NOT NULL PRIMARY KEY, dirty boolean NOT NULL)');
const {rows} = await pool.query('SELECT version::int, dirty FROM schema_migrations');
const current = rows[0]?.version ?? 0;
if (rows[0]?.dirty) {
	console.error(`error: Dirty database version ${current}. Fix and force version.`);
	process.exit(1);
}
const files = readdirSync('/migrations').filter(file => file.endsWith(`.${command}.sql`)).sort();
const number = file => Number.parseInt(file, 10);
const pending = command === 'up' ? files.filter(file => number(file) > current) : files.filter(file => number(file) === current);
if (pending.length === 0) console.log('no change');
for (const file of pending) {
	const reached = command === 'up' ? number(file) : number(file) - 1;
	await setVersion(reached, true);
	try {
		await pool.query(readFileSync(`/migrations/${file}`, 'utf8'));
	} catch (error) {
		console.error(`error: migration failed in ${file}: ${error.message}`);
		process.exit(1);
	}
	await setVersion(reached, false);
	console.log(file);
}
await pool.end();

async function setVersion(version, dirty) {
	await pool.query('TRUNCATE schema_migrations');
	if (version > 0 || dirty) await pool.query('INSERT INTO schema_migrations VALUES ($1, $2)', [version, dirty]);
}
