import {expect, test} from 'vitest';
import {restoreAnswersSchema} from '../../../source/flows/restore/answers.js';
import {askFile, fileOf} from '../../../source/flows/restore/ask-file.js';
import type {Services} from '../../../source/services.js';
import {stackOf} from '../steps/fakes.js';

const stack = stackOf([]);
const backups = ['20260613', '20260614'].map(day => ({
	file: `${stack.directory}/backups/app-${day}T020000Z.zip`,
	createdAt: `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}T02:00:00Z`,
	verified: {ok: true, level: day === '20260614' ? 'restored' : 'checksums'},
}));
const remembering = (list: readonly object[]) => ({settings: {stack: () => ({backups: list})}}) as unknown as Services;
const ask = (given: object, list: readonly object[] = backups) =>
	askFile('Which backup?', given, stack, remembering(list));

test('the newest backup is offered first, by its time, and another file last', () => {
	expect(ask({})).toMatchObject({
		id: 'file',
		kind: 'choice',
		choices: [
			{label: '2026-06-14 02:00 UTC, verified', hint: 'backups/app-20260614T020000Z.zip'},
			{label: '2026-06-13 02:00 UTC, read back'},
			{label: 'Another file'},
		],
	});
});

test('another file is asked for by a question of its own, and is what the answers then mean', () => {
	const first = ask({});
	const file = first.kind === 'choice' ? first.choices.at(-1)?.value : undefined;
	expect(fileOf({file})).toBeUndefined();
	const second = ask({file});
	expect(second).toMatchObject({id: 'otherFile', kind: 'text'});
	const answers = {file, [second.id]: 'nightly.sql.gz'};
	expect(fileOf(answers)).toBe('nightly.sql.gz');
	expect(restoreAnswersSchema.parse(answers)).toMatchObject({file: 'nightly.sql.gz', mode: 'switch'});
	expect(restoreAnswersSchema.parse(answers)).not.toHaveProperty('otherFile');
});

test('where no backup is remembered, the file is asked for at once', () => {
	expect(ask({}, [])).toMatchObject({id: 'file', kind: 'text', flag: '<file>'});
});
