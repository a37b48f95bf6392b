import {expect, it} from 'vitest';
import {createLineExplainer} from '../../source/diagnosis/explain-line.js';

const explain = createLineExplainer();

it('names the cause that a line speaks for', () => {
	expect(explain('Error: connect ECONNREFUSED 127.0.0.1:5432')).toMatch(/^db-host-localhost: this service looks for/);
	expect(explain('BETTER_AUTH_SECRET is not set; cannot sign invoice PDF links.')).toMatch(/^secret-missing: /);
	expect(explain('FATAL:  database files are incompatible with server')).toMatch(/^db-version-incompatible: /);
});

it('says nothing of ordinary lines', () => {
	for (const line of [
		'',
		'clerq 1.0.0 listening on port 3000',
		'LOG:  database system is ready to accept connections',
		'GET /api/clients 200 in 12 ms',
		'LOG:  checkpoint complete: wrote 44 buffers (0.3%)',
	])
		expect(explain(line)).toBeUndefined();
});

it('says the same again, and knows a line of any length', () => {
	const line = `error: database "shop" does not exist ${'x'.repeat(100_000)}`;
	expect(explain(line)).toBe(explain(line));
	expect(explain(line)).toMatch(/^db-name-missing/);
});
