import pg from 'pg';

export const pool = new pg.Pool({connectionString: process.env.DATABASE_URL, max: 2, connectionTimeoutMillis: 3000});
pool.on('error', () => {});
