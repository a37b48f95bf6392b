import {expect, test} from 'vitest';
import {planRetention} from '../../source/bundle/retention.js';

const at = (createdAt: string) => ({file: `app-${createdAt}.zip`, createdAt: `${createdAt}T02:00:00.000Z`});
const nothing = {last: 0, daily: 0, weekly: 0, monthly: 0};
const days = (...names: readonly {createdAt: string}[]) => names.map(one => one.createdAt.slice(0, 10));

test('the newest good backup stays whatever the rules say', () => {
	const {kept, removed} = planRetention([at('2026-01-01'), at('2026-01-03'), at('2026-01-02')], nothing);
	expect(kept.map(one => [one.backup.createdAt.slice(0, 10), one.reasons])).toEqual([['2026-01-03', ['newest']]]);
	expect(days(...removed)).toEqual(['2026-01-02', '2026-01-01']);
	expect(planRetention([], nothing)).toEqual({kept: [], removed: []});
});

test('days, weeks and months count only when they have a backup, and a backup may serve several', () => {
	const backups = [
		'2026-03-02',
		'2026-03-01',
		'2026-02-28',
		'2026-02-20',
		'2026-02-10',
		'2026-01-15',
		'2025-11-30',
	].map(at);
	const {kept, removed} = planRetention(backups, {last: 1, daily: 2, weekly: 2, monthly: 3});
	expect(kept.map(one => [one.backup.createdAt.slice(0, 10), one.reasons.join()])).toEqual([
		['2026-03-02', 'last,daily,weekly,monthly'],
		['2026-03-01', 'daily,weekly'],
		['2026-02-28', 'monthly'],
		['2026-01-15', 'monthly'],
	]);
	expect(days(...removed)).toEqual(['2026-02-20', '2026-02-10', '2025-11-30']);
});

test('several of one day: the newest of them counts as the daily one', () => {
	const morning = {file: 'a', createdAt: '2026-01-01T02:00:00.000Z'};
	const evening = {file: 'b', createdAt: '2026-01-01T20:00:00.000Z'};
	expect(planRetention([morning, evening], {...nothing, daily: 7}).removed).toEqual([morning]);
});
