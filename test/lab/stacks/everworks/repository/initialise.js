import {migrateDrizzle} from 'lab-kit';

const staleAfterMs = 5 * 60 * 1000;

/** Migrates and seeds once, whoever of several instances comes first. */
export async function initialise(pool) {
	const client = await pool.connect();
	await client.query('SELECT pg_advisory_lock(12345)');
	try {
		console.log(`${await migrateDrizzle(pool, new URL('drizzle/', import.meta.url))} migration(s) applied`);
		const {rows} = await pool.query('SELECT status, started_at FROM seed_status');
		const [state] = rows;
		const stale = state?.status === 'seeding' && Date.now() - state.started_at.getTime() > staleAfterMs;
		if (state?.status === 'failed' || stale) await pool.query('DELETE FROM seed_status');
		if (state?.status !== 'completed') await seed(pool);
	} catch (error) {
		console.error('Initialisation failed:', error);
		process.exit(1);
	} finally {
		await client.query('SELECT pg_advisory_unlock(12345)');
		client.release();
	}
}

async function seed(pool) {
	await pool.query("INSERT INTO seed_status (id, status, started_at) VALUES ('singleton', 'seeding', now())");
	await pool.query("INSERT INTO roles (id, name, is_admin) VALUES ('r_admin', 'Administrator', true), ('r_user', 'User', false)");
	await pool.query("UPDATE seed_status SET status = 'completed', completed_at = now()");
	console.log('seeded');
}
