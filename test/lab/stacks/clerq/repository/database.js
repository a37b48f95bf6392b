import pg from 'pg';

/** A pool on DATABASE_URL; ends the process when it is missing. */
export function openDatabase() {
	const url = process.env.DATABASE_URL;
	if (!url) {
		console.error('DATABASE_URL is not set.');
		process.exit(1);
	}
	const pool = new pg.Pool({connectionString: url, max: 5, connectionTimeoutMillis: 5000, application_name: 'clerq'});
	pool.on('error', error => console.error('idle connection lost:', error.message));
	return pool;
}
