import {expect, test} from 'vitest';
import {drive, emitting, type OperationEvent} from '../source/operation.js';

const progress = (done: number): OperationEvent => ({type: 'step-progress', step: 'copy', done, unit: 'bytes'});

test('events come in order, the result last; progress that nobody has taken is replaced', async () => {
	const seen: OperationEvent[] = [];
	const result = await drive(
		emitting(async emit => {
			emit({type: 'step-started', step: 'copy', title: 'Copy', canCancel: true});
			emit(progress(1));
			emit(progress(2));
			await Promise.resolve();
			emit({type: 'step-finished', step: 'copy'});
			return 'done';
		}),
		event => seen.push(event),
	);
	expect(result).toBe('done');
	expect(seen.map(event => (event.type === 'step-progress' ? event.done : event.type))).toEqual([
		'step-started',
		2,
		'step-finished',
	]);
});

test('what the work throws is thrown, after the events before it', async () => {
	const seen: OperationEvent[] = [];
	const failing = drive(
		emitting(async emit => {
			emit(progress(1));
			throw new Error('disk');
		}),
		event => seen.push(event),
	);
	await expect(failing).rejects.toThrow('disk');
	expect(seen).toEqual([progress(1)]);
});
