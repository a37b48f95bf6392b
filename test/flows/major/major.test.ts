import {describe, expect, it} from 'vitest';
import {compareContents, compareProperties, type MovedContents} from '../../../source/flows/major/compare.js';
import {compareExtensions, refuseExtensions} from '../../../source/flows/major/extensions.js';
import {describeEstimate, estimateOutage, guessOutage} from '../../../source/flows/major/outage-estimate.js';
import {chooseAction} from '../../../source/flows/major/prepare.js';
import {majorChoices} from '../../../source/flows/major/questions.js';
import {reviewMajor} from '../../../source/flows/major/review.js';
import {siblingFolder} from '../../../source/flows/major/survey.js';
import {parseImageExtensions} from '../../../source/postgres/image-extensions.js';
import type {DatabaseProperties} from '../../../source/postgres/properties.js';
import {serverWith, stackWith} from '../stack-fixture.js';
import {samplePlan} from './sample-plan.js';

const anonymous = 'a'.repeat(64);

describe('what --postgres N means', () => {
	const survey = (change: object = {}) => ({
		server: serverWith(),
		data: {major: 17, path: '/var/lib/postgresql/data'},
		place: {type: 'volume', source: 'clerq_pgdata'} as const,
		mismatches: [],
		imageMajor: 17,
		...change,
	});
	const mismatch = {database: 'clerq', recorded: '2.36', actual: '2.41', collations: []};
	it.each([
		['a newer version', survey(), {postgres: 18}, 'move'],
		['another image of the same version', survey(), {postgres: 17, image: 'postgres:17-alpine'}, 'move'],
		['data in an anonymous volume', survey({place: {type: 'volume', source: anonymous}}), {postgres: 17}, 'adopt'],
		['another sort order', survey({mismatches: [mismatch]}), {postgres: 17}, 'reindex'],
		['an image that was bumped', survey({imageMajor: 18}), {postgres: 18}, 'move'],
	])('%s', (_name, facts, answers, action) => {
		expect(chooseAction(facts, answers)).toBe(action);
	});

	it('refuses the way down, and a server with which nothing is wrong', () => {
		expect(() => chooseAction(survey(), {postgres: 16})).toThrow('no way down');
		expect(() => chooseAction(survey(), {postgres: 17})).toThrow('nothing is wrong');
		expect(() => chooseAction(survey({imageMajor: 18}), {postgres: 17})).toThrow(
			expect.objectContaining({hint: expect.stringContaining('--postgres 18')}),
		);
	});
});

describe('how long the application is away', () => {
	it('is measured by the fresh backup and the start of the new server, and told before anything stops', () => {
		expect(estimateOutage({backupMs: 0, startMs: 0})).toBeGreaterThan(0);
		const [small, large] = [1500, 60_000].map(backupMs => estimateOutage({backupMs, startMs: 11_000}));
		expect(small).toBeLessThan(25_000);
		expect(large).toBeGreaterThan(180_000);
		expect(describeEstimate({backupMs: 7400, startMs: 3000})).toBe('away for about 31 s, as the backup took 7.4 s');
		expect(describeEstimate({backupMs: 60_000, startMs: 3000})).toContain('about 4 min');
	});

	it('is called a guess where nothing is measured yet, and nobody waits for a server that is away anyhow', () => {
		const plan = samplePlan();
		expect(guessOutage(plan)).toBe(
			'perhaps 58 s, a guess at 20 MB a second; the backup measures it before anything stops',
		);
		expect(guessOutage({...plan, action: 'adopt'})).toContain('a guess at 100 MB a second');
		expect(guessOutage({...plan, old: {...plan.old, cannotStart: true}})).toContain('away now');
	});
});

describe('extensions', () => {
	const output = [
		"vector.control:default_version = '0.8.1'",
		"timescaledb.control:default_version = '2.31.0'",
		'script vector 0.8.0',
		'script vector 0.8.1',
		'script timescaledb 2.31.0',
	].join('\n');
	const using = (...extensions: readonly {name: string; version: string}[]) => ({
		server: {
			dataDirectory: '',
			databases: [{name: 'clerq', owner: 'clerq', sizeBytes: 1, tables: 1, extensions}],
			roles: [],
			replicationSlots: [],
			publications: [],
			clients: [],
		},
	});
	const refuse = (...extensions: readonly {name: string; version: string}[]) =>
		refuseExtensions(
			compareExtensions(using(...extensions), parseImageExtensions(output)),
			{reference: 'image:18'},
			18,
			'db',
		);

	it('are compared with what an image carries', () => {
		expect(parseImageExtensions(output)[0]).toEqual({
			name: 'vector',
			defaultVersion: '0.8.1',
			versions: ['0.8.1', '0.8.0'],
		});
		expect(() => refuse({name: 'vector', version: '0.8.0'})).not.toThrow();
		expect(() => refuse({name: 'postgis', version: '3.5.2'})).toThrow('does not have postgis 3.5.2, which clerq uses');
	});

	it('TimescaleDB must be of the same version on both sides', () => {
		expect(() => refuse({name: 'timescaledb', version: '2.31.0'})).not.toThrow();
		expect(() => refuse({name: 'timescaledb', version: '2.19.3'})).toThrow('only between equal versions');
	});
});

describe('the comparison', () => {
	const contents = (rows: number, lastValue = '7'): MovedContents => ({
		contents: {
			tables: [],
			extensions: [{name: 'plpgsql', version: '1.0', schema: 'pg_catalog'}],
			sequences: [{schema: 'public', name: 's', lastValue}],
			largeObjects: 1,
			largeObjectBytes: 4,
			publications: [],
			subscriptions: [],
			schemas: ['public'],
			roles: [],
		},
		counts: [{schema: 'public', name: 't', kind: 'table', rows}],
		migrations: [],
	});

	it('finds rows, sequences, tables and properties that differ', () => {
		expect(compareContents('shop', contents(5), contents(5))).toEqual([]);
		expect(compareContents('shop', contents(5), contents(4, '6'))).toEqual([
			'public.t of shop has 4 rows, the old server 5',
			'The sequence public.s of shop stands at another value',
		]);
		expect(compareContents('shop', contents(5), {...contents(5), counts: []})).toEqual([
			'The table public.t is missing in shop',
		]);
		const database = {owner: 'a', settings: [], grants: null} as unknown as DatabaseProperties;
		expect(compareProperties(database, {...database, owner: 'b', collationVersion: '2'}, 'shop')).toEqual([
			'The owner of the database shop is not the same',
		]);
	});
});

describe('the plan', () => {
	it('says what stops, where the data goes and how to get back', () => {
		const review = reviewMajor(samplePlan());
		expect(review.title).toBe('Move clerq from PostgreSQL 17 to 18');
		expect(review.facts).toContainEqual(['Data then', 'volume pgdata_18 at /var/lib/postgresql']);
		expect(review.facts).toContainEqual(['Extensions', 'plpgsql 1.0, vector 0.8.0 → 0.8.1']);
		expect(review.steps.map(step => step.title)).toContain('Stop app, postgres');
		expect(review.needsConsent).toBe(true);
		expect(JSON.parse(JSON.stringify(samplePlan()))).toEqual(samplePlan());
	});

	it('puts a new folder beside the old one', () => {
		expect(siblingFolder('./data/', '/srv/x/data', '18')).toEqual({written: './data-18', source: '/srv/x/data-18'});
		expect(siblingFolder('${DATA}', '/mnt/pg', '18')).toEqual({written: '/mnt/pg-18', source: '/mnt/pg-18'});
	});

	it('is offered where it makes sense', () => {
		const choices = (change: object) =>
			majorChoices(stackWith({databases: [serverWith(change)]})).map(choice => choice.label);
		expect(choices({})).toEqual(['PostgreSQL 18']);
		expect(choices({serverVersion: '15.18', major: 15})).toEqual(['PostgreSQL 18', 'PostgreSQL 17', 'PostgreSQL 16']);
		expect(choices({serverVersion: '18.1', major: 18})).toEqual([]);
		expect(
			choices({serverVersion: '18.1', major: 18, dataMount: {type: 'anonymous', name: null, target: '/x'}}),
		).toEqual(['A volume that stays']);
		expect(choices({serverVersion: null, major: 18, state: 'restarting'})).toEqual([
			'The database that does not start',
		]);
	});
});
