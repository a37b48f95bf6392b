import {describe, expect, test} from 'vitest';
import {AppError, isAppError} from '../../source/errors.js';
import {backupAnswersSchema} from '../../source/flows/backup/answers.js';
import {type BackupFacts, planBackup, volumeLimitBytes} from '../../source/flows/backup/plan.js';
import {reviewBackup} from '../../source/flows/backup/review.js';
import {backupFlow} from '../../source/flows/backup.js';
import type {Services} from '../../source/services.js';
import type {Stack} from '../../source/stack/stack.js';
import {serverWith, serviceWith, stackWith} from './stack-fixture.js';

const facts: BackupFacts = {
	output: {directory: '/srv/clerq/backups', name: null, origin: 'default'},
	freeBytes: 10_000_000_000,
	previousBytes: 4_000_000,
	tableGroups: {auth: ['users', 'accounts', 'sessions']},
	hasPassphrase: false,
	verifyByDefault: false,
	volumeImage: 'postgres:17',
	volumeSizes: new Map(),
};

const plan = (stack: Stack, answers: object = {}, change: Partial<BackupFacts> = {}) =>
	planBackup(stack, backupAnswersSchema.parse(answers), {...facts, ...change});

function codeOf(work: () => unknown): string {
	try {
		work();
	} catch (error) {
		if (isAppError(error)) return `${error.code}: ${error.message}`;
		throw error;
	}

	return 'no error';
}

const uploads = {service: 'app', type: 'volume', name: 'uploads', target: '/data', source: 'clerq_uploads'} as const;

test('without an engine it is the engine that is named, not a database that looks absent', async () => {
	const info = async () => {
		throw new AppError('engine-unreachable', 'The Docker engine does not answer');
	};
	const services = {docker: {info}} as unknown as Services;
	const stack = stackWith({engineReached: false, databases: [serverWith({state: 'absent', containerId: null})]});
	const {signal} = new AbortController();
	const unreachable = {code: 'engine-unreachable'};
	await expect(backupFlow.questions(stack, {}, services, signal)).rejects.toMatchObject(unreachable);
	await expect(backupFlow.prepare(stack, backupAnswersSchema.parse({}), services, signal)).rejects.toMatchObject(
		unreachable,
	);
});

describe('which databases', () => {
	test('all of every primary by default', () => {
		const stack = stackWith({
			databases: [
				serverWith({databases: ['clerq', 'analytics']}),
				serverWith({service: 'replica', replica: true}),
				serverWith({service: 'umami-db', databases: ['umami']}),
			],
		});
		const {servers, leftOut} = plan(stack);
		expect(servers.map(one => [one.service, one.databases.map(database => database.name)])).toEqual([
			['postgres', ['clerq', 'analytics']],
			['umami-db', ['umami']],
		]);
		expect(leftOut.map(one => one.what)).toEqual(['PostgreSQL server replica']);
	});

	test('those that were named, whatever characters their names hold', () => {
		const name = `my "db"; drop -- ü`;
		const stack = stackWith({databases: [serverWith({databases: ['clerq', name]})]});
		expect(plan(stack, {databases: [name]}).servers[0]?.databases.map(one => one.name)).toEqual([name]);
	});

	test('a name that is not there is refused with those that are', () => {
		expect(codeOf(() => plan(stackWith(), {databases: ['clerk']}))).toBe(
			'database-not-found: There is no database clerk on postgres',
		);
		expect(codeOf(() => plan(stackWith(), {services: ['redis']}))).toContain('database-not-found');
	});

	test('a server that does not run is refused, unless another one was chosen', () => {
		const stack = stackWith({
			databases: [serverWith(), serverWith({service: 'old', state: 'exited', containerId: null})],
		});
		expect(codeOf(() => plan(stack))).toBe('database-not-running: The database service old is not running (exited)');
		expect(plan(stack, {services: ['postgres']}).servers).toHaveLength(1);
	});

	test('an external database is dumped when the stack has no server of its own, and named when it has', () => {
		const external = {
			service: 'app',
			variable: 'DATABASE_URL',
			host: 'ep-x.neon.tech',
			port: 5432,
			user: 'me',
			database: 'main',
			provider: 'neon',
		};
		const same = {...external, service: 'worker'};
		const alone = plan(stackWith({databases: [], external: [external, same]}));
		expect(alone.servers.map(one => [one.service, one.databases[0]?.name])).toEqual([['ep-x.neon.tech', 'main']]);
		const both = plan(stackWith({external: [external]}));
		expect(both.servers.map(one => one.service)).toEqual(['postgres']);
		expect(both.leftOut[0]?.what).toContain('ep-x.neon.tech/main');
		expect(plan(stackWith({external: [external]}), {services: ['ep-x.neon.tech']}).servers).toHaveLength(1);
	});

	test('a stack without PostgreSQL is refused', () => {
		expect(codeOf(() => plan(stackWith({databases: []})))).toContain('database-not-found');
	});
});

describe('parts of a database', () => {
	test('a partial dump says what it lacks, in the plan and in the review', () => {
		const partial = plan(stackWith(), {tables: ['invoices'], groups: ['auth']});
		expect(partial.tables).toEqual(['invoices', 'users', 'accounts', 'sessions']);
		expect(partial.lacks.join(' ')).toMatch(/all other tables.*large objects/);
		const review = reviewBackup(partial);
		expect(review.facts.find(([label]) => label === 'Partial')?.[1]).toContain('large objects');
	});

	test('an unknown group is wrong usage', () => {
		expect(codeOf(() => plan(stackWith(), {groups: ['payments']}))).toBe(
			'usage: There is no group of tables payments in the settings',
		);
	});
});

describe('volumes', () => {
	const stack = stackWith({durable: [uploads, {...uploads, service: 'worker'}]});

	test('are included once, and the plan says that files of running services may change', () => {
		const {volumes, warnings} = plan(stack, {}, {volumeSizes: new Map([['clerq_uploads', 1000]])});
		expect(volumes.map(one => [one.name, one.source, one.sizeBytes])).toEqual([['uploads', 'clerq_uploads', 1000]]);
		expect(warnings.map(one => one.message).join()).toContain('while their services run');
		const stopped = stackWith({durable: [uploads], services: [serviceWith('app', {state: 'exited'})]});
		expect(plan(stopped).warnings).toEqual([]);
	});

	test('are left out when large, unless asked for, and the plan says so', () => {
		const large = {volumeSizes: new Map([['clerq_uploads', volumeLimitBytes + 1]])};
		expect(plan(stack, {}, large).volumes).toEqual([]);
		expect(plan(stack, {}, large).leftOut[0]?.what).toBe('Volume uploads (app)');
		expect(plan(stack, {}, large).warnings[0]?.message).toContain('more than 5 GiB');
		expect(plan(stack, {volumes: true}, large).volumes).toHaveLength(1);
		expect(plan(stack, {volumes: false}).leftOut[0]?.why).toContain('--no-volumes');
	});

	test('a bind that holds the folder of the backups leaves them out of itself', () => {
		const bind = {service: 'app', type: 'bind', name: '.', target: '/app', source: '/srv/clerq'} as const;
		expect(plan(stackWith({durable: [bind]})).volumes[0]?.excludes).toEqual(['backups']);
		const same = {...bind, source: '/srv/clerq/backups'};
		expect(plan(stackWith({durable: [same]})).volumes[0]?.excludes).toContain('*.zip');
	});
});

describe('encryption', () => {
	test('needs a key, and the plan never holds a passphrase', () => {
		expect(codeOf(() => plan(stackWith(), {encrypt: true}))).toBe('usage: --encrypt needs a passphrase or a recipient');
		expect(plan(stackWith(), {encrypt: true}, {hasPassphrase: true}).encryption).toEqual({
			kind: 'passphrase',
			file: null,
		});
		expect(plan(stackWith(), {passphraseFile: '/run/key'}).encryption).toEqual({kind: 'passphrase', file: '/run/key'});
	});

	test('a recipient that is none, or two kinds of key, is refused', () => {
		expect(backupAnswersSchema.safeParse({recipients: ['ssh-ed25519']}).success).toBe(false);
		expect(backupAnswersSchema.safeParse({format: 'tar'}).success).toBe(false);
	});
});

test('the plan is serialisable and the review shows all of it', () => {
	const whole = plan(stackWith({durable: [uploads]}), {copyTo: ['b2:bucket']});
	expect(JSON.parse(JSON.stringify(whole))).toEqual(JSON.parse(JSON.stringify(whole)));
	const review = reviewBackup(whole);
	expect(review.needsConsent).toBe(false);
	expect(review.destroys).toEqual([]);
	expect(review.facts).toContainEqual(['Goes to', './backups']);
	expect(review.steps.map(step => step.title)).toEqual([
		'Dump clerq',
		'Save roles, compose files, env files and image digests',
		'Copy volume uploads (app)',
		'Read the file back and compare every checksum',
		'Copy the file to b2:bucket',
	]);
});
