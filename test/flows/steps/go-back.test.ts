import {expect, test} from 'vitest';
import {AppError} from '../../../source/errors.js';
import {type FailedRun, goBack} from '../../../source/flows/steps/go-back.js';
import {drive} from '../../../source/operation.js';

/** A run that has not changed anything yet. */
function unchanged(finished: string[]): FailedRun {
	return {
		journal: {record: {undo: []}, finish: async (how: string) => void finished.push(how)},
		outage: undefined,
	} as unknown as FailedRun;
}

test.each([
	[new AppError('cancelled', 'Cancelled'), 'Cancelled. Nothing was changed'],
	[new AppError('disk-full', 'The disk is full'), 'The disk is full'],
])('before the first change nothing is taken back, and its record goes: %s', async (error, message) => {
	const finished: string[] = [];
	const answer = await drive(goBack(error, unchanged(finished)), () => {});
	expect(answer).toMatchObject({code: error.code, message});
	expect(finished).toEqual(['remove']);
});
