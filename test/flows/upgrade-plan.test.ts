import {expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import {isNewImage, planUpgrade, type ServiceImage} from '../../source/flows/upgrade/plan.js';
import {reviewUpgrade} from '../../source/flows/upgrade/review.js';
import {describeReview} from '../../source/headless.js';
import type {Stack} from '../../source/stack/stack.js';
import {serverWith, serviceWith} from './stack-fixture.js';
import {answersWith, clerqStack, factsWith} from './upgrade-fixture.js';

const plan = (facts = factsWith(), stack: Stack = clerqStack, answers = answersWith()) =>
	planUpgrade(stack, answers, facts);
const withRepository = (change: object) => {
	const {repository} = factsWith();
	return factsWith({repository: repository === null ? null : {...repository, ...change}});
};
const pulled: ServiceImage = {
	service: 'api',
	isOwn: true,
	hasContainer: true,
	reference: 'ghcr.io/o/api:latest',
	nextReference: 'ghcr.io/o/api:latest',
	build: false,
	runningReference: 'ghcr.io/o/api:latest',
	runningImageId: 'sha256:1',
	runningDigest: 'ghcr.io/o/api@sha256:1111111111111111',
	runningBytes: 230e6,
	remoteDigest: 'sha256:2222222222222222',
};

test('a release is brought, built, migrated and started; each database is copied for the way back', () => {
	expect(plan()).toMatchObject({
		build: ['app', 'migrate'],
		pull: [],
		migrate: ['migrate'],
		start: ['app'],
		upToDate: false,
		wayBack: [
			{name: 'clerq', kind: 'copy', copy: 'clerq_before_20260614t020000z', failed: 'clerq_failed_20260614t020000z'},
		],
	});
});

test.each([
	['TimescaleDB', {extensions: ['timescaledb']}, 'clerq_failed_20260614t020000z'],
	['a role that may not copy', {superuser: false}, 'clerq_failed_20260614t020000z'],
	['a disk without room for two', {freeBytes: 900_000}, null],
])('%s: the way back is a backup, and the plan says so', (_name, change, failed) => {
	const made = plan(factsWith(), {...clerqStack, databases: [serverWith({freeBytes: 40e9, ...change})]});
	expect(made.wayBack).toMatchObject([{kind: 'backup', failed}]);
	expect(made.warnings.map(one => one.message).join()).toContain('The way back of clerq is a backup');
	expect(reviewUpgrade(made).facts).toContainEqual(['Way back of the data', 'a backup, loaded again']);
});

test('an application that stays connected: no copy, which needs the database to itself', () => {
	const made = plan(factsWith(), clerqStack, answersWith({keepWriting: true}));
	expect(made.wayBack).toMatchObject([{name: 'clerq', kind: 'backup', failed: 'clerq_failed_20260614t020000z'}]);
	const review = reviewUpgrade(made);
	expect(review.warnings.map(one => one.message).join()).toContain('the application stays connected');
	expect(review.steps.map(step => step.title).join()).not.toMatch(/Copy the database|Stop app|once more/);
});

test('new digests and another tag are new; a registry that does not say leaves it to the pull', () => {
	expect(isNewImage(pulled)).toBe(true);
	expect(isNewImage({...pulled, remoteDigest: 'sha256:1111111111111111'})).toBe(false);
	expect(isNewImage({...pulled, nextReference: 'ghcr.io/o/api:2'})).toBe(true);
	expect(isNewImage({...pulled, remoteDigest: null})).toBe(true);
	const facts = reviewUpgrade(plan(factsWith({repository: null, images: [pulled]}))).facts;
	expect(facts).toContainEqual(['Image of api', 'ghcr.io/o/api:latest, new: 111111111111 → 222222222222']);
});

test('what runs now stands beside what would run: tags with their commits, images with their ids, the server with its version', () => {
	const {facts} = reviewUpgrade(plan());
	expect(facts).toContainEqual(['Code', 'v2.3.1 (a6c51f0aa) → v2.4.0 (f24e5ea3b)']);
	expect(facts).toContainEqual(['Built anew', 'app (now aaaaaaaaaaaa), migrate (now aaaaaaaaaaaa)']);
	expect(facts).toContainEqual(['Server', 'postgres stays: PostgreSQL 17.6, postgres:17']);
});

test('what the release says of itself stands under its own headings, not among the changes of files', () => {
	const review = reviewUpgrade(plan());
	expect(review.diff).toBeUndefined();
	expect(review.reading?.map(part => part.title)).toEqual(['Commits', 'Release notes']);
	const text = describeReview(review).join('\n');
	expect(text).toContain('  Commits:\n    f24e5ea3b Release v2.4.0\n');
	expect(text).toContain('  Release notes:\n    ## 2.4.0\n');
});

test('neither commits nor images are new: up to date, and nothing asks for consent', () => {
	const made = plan(factsWith({repository: null, images: [{...pulled, remoteDigest: 'sha256:1111111111111111'}]}));
	expect(made.upToDate).toBe(true);
	expect(reviewUpgrade(made)).toMatchObject({steps: [], needsConsent: false});
});

test('a service that somebody stopped stays stopped; one that the release brings is started', () => {
	const stack = {...clerqStack, services: [...clerqStack.services, serviceWith('worker', {state: 'exited'})]};
	const made = plan(factsWith({added: [{name: 'mailer', build: false}]}), stack);
	expect(made).toMatchObject({start: ['app'], added: ['mailer'], pull: ['mailer']});
	expect(made.warnings.map(one => one.message)).toContain('Not running now, and left alone: worker');
});

test('a one-shot whose container and image were pruned is left out of the way back, unless its image comes back with another service', () => {
	const pruned = {
		...pulled,
		service: 'migrate',
		hasContainer: false,
		reference: 'ghcr.io/o/migrate:2',
		runningReference: null,
		runningImageId: null,
		runningDigest: null,
	};
	const forgotten = (...images: readonly ServiceImage[]) => plan(factsWith({images})).forgotten;
	expect(forgotten(pulled, pruned)).toEqual(['migrate']);
	expect(forgotten(pulled, {...pruned, hasContainer: true})).toEqual(['migrate']);
	expect(forgotten(pulled, {...pruned, build: true})).toEqual([]);
	expect(forgotten(pulled, {...pruned, reference: pulled.reference})).toEqual([]);
	// Its image is here, but under another tag than that of what runs: somebody has pulled the next version.
	const here = {...pruned, runningReference: pruned.reference, runningImageId: 'sha256:2'};
	expect(forgotten(pulled, here)).toEqual([]);
	expect(forgotten({...pulled, reference: 'ghcr.io/o/api:2'}, here)).toEqual(['migrate']);
	expect(
		plan(factsWith({images: [pulled, pruned]}))
			.warnings.map(one => one.message)
			.join(),
	).toContain('Nobody knows any more with which image migrate ran last');
});

test('the migrations alone touch neither code nor images', () => {
	const made = plan(
		factsWith({alone: {direction: 'down', environment: {MIGRATE_COMMAND: 'down'}}, repository: null, environment: []}),
	);
	expect(made).toMatchObject({build: [], pull: [], upToDate: false});
	expect(reviewUpgrade(made)).toMatchObject({
		title: 'Take the newest migration of clerq back',
		destroys: [expect.stringContaining('What the newest migration added goes')],
	});
});

const required = new AppError('compose-file-invalid', 'required variable LINK_KEY is missing a value: set it');
test.each([
	['local changes', withRepository({conflicts: ['server.js']}), 'Local changes are in the way'],
	['commits of its own', withRepository({relation: 'diverged'}), 'commits of its own'],
	['an older release', withRepository({relation: 'behind'}), 'older than what runs'],
	['another major', factsWith({majorJumps: [{service: 'postgres', from: 17, to: 18, image: 'postgres:18'}]}), '18'],
	['a variable that is missing', factsWith({refusal: required}), 'The release needs LINK_KEY'],
	['a full disk of images', factsWith({engineFreeBytes: 1e6}), 'where the engine keeps its images'],
	[
		'a digest that was changed by hand',
		factsWith({images: [{...pulled, reference: 'ghcr.io/o/api@sha256:2', nextReference: 'ghcr.io/o/api@sha256:2'}]}),
		'pins api to another digest',
	],
])('%s is refused before anything changes', (_name, facts, message) => {
	expect(() => plan(facts)).toThrow(message);
});

test.each([
	['down', {state: 'exited'}],
	['unhealthy', {health: 'unhealthy'}],
] as const)('a database that is %s is refused', (word, change) => {
	const stack = {...clerqStack, databases: [serverWith(change)]};
	expect(() => plan(factsWith(), stack)).toThrow(word === 'down' ? 'exited' : word);
});
