import {migrateDrizzle, openPool} from 'lab-kit';

const pool = await openPool('cronicorn-migrator');
try {
	const count = await migrateDrizzle(pool, new URL('drizzle/', import.meta.url));
	console.log(count === 0 ? 'No pending migrations.' : `${count} migration(s) applied.`);
} catch (error) {
	console.error('Migration failed:', error);
	process.exit(1);
}
await pool.end();
