import {expect, test} from 'vitest';
import type {BackupEntry} from '../../source/flows/list.js';
import {planPrune, pruneFlow} from '../../source/flows/prune.js';

const stack = {project: 'clerq', directory: '/srv/clerq'};
const entry = (day: string, change: Partial<BackupEntry> = {}): BackupEntry => ({
	file: `/b/clerq-${day}.zip`,
	bytes: 1000,
	createdAt: `${day}T02:00:00.000Z`,
	project: 'clerq',
	state: 'complete',
	problem: null,
	databases: ['clerq'],
	verified: null,
	...change,
});
const files = (list: readonly {file: string}[]) => list.map(one => one.file.slice('/b/clerq-'.length, -4));

test('damaged and missing backups never stand for a good one, and are not removed', () => {
	const backups = [
		entry('2026-01-05', {state: 'missing', bytes: null}),
		entry('2026-01-04', {state: 'damaged', problem: 'it is cut off'}),
		entry('2026-01-03', {verified: {at: '2026-01-03', level: 'restored', ok: false}}),
		entry('2026-01-02'),
		entry('2026-01-01'),
	];
	const plan = planPrune(stack, {last: 1, daily: 0, weekly: 0, monthly: 0}, backups, null);
	expect(files(plan.kept)).toEqual(['2026-01-02']);
	expect(files(plan.removed)).toEqual(['2026-01-01']);
	expect(files(plan.damaged)).toEqual(['2026-01-04', '2026-01-03']);
	expect(JSON.stringify(plan)).not.toContain('2026-01-05');
});

test('removing takes consent and a typed name; removing nothing does not', () => {
	const keep = {last: 1, daily: 0, weekly: 0, monthly: 0};
	const review = pruneFlow.review(planPrune(stack, keep, [entry('2026-01-02'), entry('2026-01-01')], null));
	expect(review).toMatchObject({needsConsent: true, confirmWord: 'clerq'});
	expect(review.destroys).toEqual(['/b/clerq-2026-01-01.zip (2026-01-01, 1 kB)']);
	expect(pruneFlow.review(planPrune(stack, keep, [entry('2026-01-02')], null)).needsConsent).toBe(false);
});
