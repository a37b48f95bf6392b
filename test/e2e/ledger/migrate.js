import {existsSync, rmSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {pool} from './database.js';

/** `hold/migrate` holds the migrations up; `hold/migrating` tells that they wait. */
process.on('SIGTERM', () => process.exit(143));
const client = await pool.connect();
client.on('error', () => {});
if (existsSync('/hold/migrate')) writeFileSync('/hold/migrating', '');
while (existsSync('/hold/migrate')) await sleep(50);
rmSync('/hold/migrating', {force: true});
await client.query('CREATE TABLE IF NOT EXISTS migrations (id int PRIMARY KEY)');
client.release();
await pool.end();
