import {readdirSync} from 'node:fs';
import {openPool, requireSetting, serve} from 'lab-kit';
import {initialise} from './initialise.js';

requireSetting('AUTH_SECRET');
const poolSize = Math.min(50, Math.max(1, Number(process.env.DB_POOL_SIZE ?? 20)));
const pool = await openPool('ever-works', undefined, {max: poolSize, idleTimeoutMillis: 30_000});
await initialise(pool);

async function showHealth() {
	const {rows} = await pool.query("SELECT status FROM seed_status WHERE id = 'singleton'");
	if (rows[0]?.status !== 'completed') throw new Error(`seed is ${rows[0]?.status ?? 'missing'}`);
	return {status: 'healthy', items: readdirSync('/app/.content/items').length};
}

serve(3000, {
	'GET /api/health': showHealth,
	'GET /api/comments': () => pool.query('SELECT id, item_slug, body FROM comments ORDER BY id LIMIT 50').then(result => result.rows),
});
