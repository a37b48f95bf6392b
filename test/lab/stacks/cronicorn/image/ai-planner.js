import {setTimeout as sleep} from 'node:timers/promises';
import {openPool} from 'lab-kit';

const pool = await openPool('cronicorn-ai-planner', undefined, {max: 1});
if (!process.env.OPENAI_API_KEY) console.warn('OPENAI_API_KEY is not set: planning is off.');

for (;;) {
	await pool.query('SELECT count(*) FROM runs').catch(error => console.error('analysis failed:', error.message));
	await sleep(10_000);
}
