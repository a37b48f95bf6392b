import {migrateDrizzle, openPool, requireSetting, serve} from 'lab-kit';
import {askRedis} from './redis.js';

for (const name of ['JWT_SECRET', 'COOKIE_SECRET']) requireSetting(name);
const redisUrl = requireSetting('REDIS_URL');
const pool = await openPool('tracearr');

const {rows} = await pool.query('SELECT rolsuper FROM pg_roles WHERE rolname = current_user');
if (!rows[0].rolsuper) console.warn('The database user is no superuser: restoring backups is off.');
try {
	console.log(`${await migrateDrizzle(pool, new URL('drizzle/', import.meta.url))} migration(s) applied`);
} catch (error) {
	console.error('Migration failed:', error);
	process.exit(1);
}
await askRedis(redisUrl, 'SET', 'tracearr:started', new Date().toISOString());

async function showHealth() {
	const pong = await askRedis(redisUrl, 'PING');
	const result = await pool.query("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'");
	if (result.rows.length === 0) throw new Error('extension timescaledb is missing');
	await pool.query('SELECT started_at FROM sessions ORDER BY started_at DESC LIMIT 1');
	return {status: 'ok', redis: pong === '+PONG', timescaledb: result.rows[0].extversion};
}

serve(Number(process.env.PORT ?? 3000), {
	'GET /health': showHealth,
	'GET /api/v1/stats': () => pool.query("SELECT time_bucket('1 day', started_at) AS day, count(*)::int AS plays FROM sessions GROUP BY 1 ORDER BY 1 DESC LIMIT 30").then(result => result.rows),
});
