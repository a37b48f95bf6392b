import {openPool, requireSetting, serve} from 'lab-kit';

requireSetting('BETTER_AUTH_SECRET');
const pool = await openPool('cronicorn-api');

async function showHealth() {
	const {rows} = await pool.query('SELECT count(colour)::int AS jobs FROM jobs');
	return {status: 'ok', jobs: rows[0].jobs};
}

async function addJob(body) {
	const {name} = JSON.parse(body);
	const {rows} = await pool.query("INSERT INTO jobs (user_id, name) VALUES ('u1', $1) RETURNING id", [name]);
	return rows[0];
}

serve(Number(process.env.PORT ?? 3333), {
	'GET /api/health': showHealth,
	'GET /api/jobs': () => pool.query('SELECT id, name, status FROM jobs ORDER BY created_at').then(result => result.rows),
	'POST /api/jobs': addJob,
});
