import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {rollbackFlow} from '../../source/flows/rollback.js';
import {openJournals} from '../../source/journal/journal.js';
import type {Services} from '../../source/services.js';
import {stackWith} from './stack-fixture.js';

const now = () => Date.parse('2026-06-14T02:00:00Z');
const stack = stackWith();
let folder = '';
let services: Services;
const ask = async (given = {}) => {
	const [question] = await rollbackFlow.questions(stack, given, services, new AbortController().signal);
	return question?.kind === 'choice' ? question.choices.map(choice => choice.value) : undefined;
};

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'lifeboat-rollback-'));
	services = {settings: {path: join(folder, 'config.json')}, clock: {now}} as Services;
});
afterEach(() => rm(folder, {recursive: true, force: true}));

const begin = () =>
	openJournals(join(folder, 'journal'), now).begin(stack, {
		id: '20260614t020000z',
		operation: 'upgrade',
		title: 'Upgrade of clerq',
		data: {},
	});

test('the wizard asks whether to go back or to drop what is kept; who says which is not asked', async () => {
	expect(await ask()).toBeUndefined();
	const journal = await begin();
	await journal.willUndo('copies', []);
	await journal.finish('keep');
	expect(await ask()).toEqual(['back', 'drop']);
	expect(await ask({drop: true})).toBeUndefined();
	expect(rollbackFlow.answers.parse({drop: 'drop'})).toEqual({drop: true});
	expect(rollbackFlow.answers.parse({drop: 'back'})).toEqual({drop: false});
	expect(rollbackFlow.answers.parse({})).toEqual({drop: false});
});

test('what was taken back already can only be dropped', async () => {
	await (await begin()).finish('keep');
	expect(await ask()).toEqual(['drop']);
});

test('what a killed run left is put right before anything is asked', async () => {
	const journal = await begin();
	await journal.willUndo('copies', []);
	await journal.abandon();
	expect(await ask()).toBeUndefined();
});

test('going back to a rollback point loses what is there now: a name is typed first', () => {
	const plan = {
		id: '20260614t020000z',
		databases: [
			{
				service: 'postgres',
				name: 'clerq',
				former: 'clerq_before_20260614t020000z',
				staging: 'clerq_restoring_20260614t020000z',
			},
		],
		files: [],
		writers: {writers: [], poolers: []},
	};
	const reviewOf = (data: object, action: 'roll-back' | 'drop') =>
		rollbackFlow.review({
			stack,
			action,
			record: {
				version: 1,
				id: plan.id,
				operation: 'restore',
				title: 'Restore of clerq',
				project: 'clerq',
				directory: '/srv/clerq',
				startedAt: '2026-06-14T02:00:00.000Z',
				finishedAt: '2026-06-14T02:01:00.000Z',
				phase: 'finished',
				undo: [],
				data: {plan, ...data},
			},
		});
	expect(reviewOf({rollbackPoint: '/srv/clerq/backups/clerq.zip'}, 'roll-back')).toMatchObject({
		destroys: ['What is in clerq now'],
		confirmWord: 'clerq',
	});
	const kept = reviewOf({}, 'roll-back');
	expect(kept.destroys).toEqual([]);
	expect(kept.confirmWord).toBeUndefined();
	expect(reviewOf({}, 'drop').confirmWord).toBe('clerq');
});
