import {openPool, requireSetting, serve} from 'lab-kit';

/** Runs one of the identity services: it keeps its own tables up to date at its start, then answers at /health/ready. */
export async function runIdentityService(name, port, tables) {
	const pool = await openPool(name, requireSetting('DSN'));
	for (const table of tables) await pool.query(table);
	serve(port, {'GET /health/ready': () => pool.query('SELECT 1').then(() => ({status: 'ok'}))});
}
