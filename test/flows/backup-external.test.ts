import {expect, test} from 'vitest';
import {findExternalUrl} from '../../source/flows/steps/external-url.js';

const external = {
	service: 'app',
	variable: 'DATABASE_URL',
	host: 'db.example.org',
	port: 5432,
	user: 'me',
	database: 'main',
	provider: null,
};

test.each([
	[
		'postgres://me:p%40ss@db.example.org/main?sslmode=require',
		'postgresql://me:p%40ss@db.example.org:5432/main?sslmode=require',
	],
	[
		'postgresql://u:x@ep-a-b-pooler.eu-central-1.aws.neon.tech/neondb?sslmode=require',
		'postgresql://u:x@ep-a-b.eu-central-1.aws.neon.tech:5432/neondb?sslmode=require',
	],
	[
		'postgres://postgres.ref:x@aws-0-eu.pooler.supabase.com:6543/postgres?pgbouncer=true',
		'postgresql://postgres.ref:x@aws-0-eu.pooler.supabase.com:5432/postgres',
	],
])('%s', (value, url) => {
	const host = new URL(value).hostname;
	expect(findExternalUrl({...external, host}, {app: {DATABASE_URL: value}})).toBe(url);
});

test('a variable that names another server by now is no way to the one that was worked on', () => {
	const value = 'postgres://me:hunter2@elsewhere.example.org/main';
	expect(() => findExternalUrl(external, {app: {DATABASE_URL: value}})).toThrow(
		/names elsewhere\.example\.org by now, not db\.example\.org/,
	);
});

test('a variable that is not there is told by name, without values', () => {
	expect(() => findExternalUrl(external, {app: {SECRET: 'hunter2'}})).toThrow(/DATABASE_URL of app/);
});
