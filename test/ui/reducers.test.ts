import {describe, expect, test} from 'vitest';
import type {Question} from '../../source/flows/flow.js';
import {reduceMultiSelect} from '../../source/ui/components/multi-select-state.js';
import {reduceScroll} from '../../source/ui/components/scroll.js';
import {reduceTextField, startTextField, type TextFieldAction} from '../../source/ui/components/text-field-state.js';
import {type FlowAction, isAtStart, reduceFlow, startFlow, withInitial} from '../../source/ui/flow-state.js';
import {currentPlace, type NavigationAction, reduceNavigation, startNavigation} from '../../source/ui/navigation.js';

describe('navigation', () => {
	const go = (...actions: readonly NavigationAction[]) =>
		currentPlace(actions.reduce(reduceNavigation, startNavigation({name: 'home'}))).name;
	const open = (name: 'logs' | 'settings'): NavigationAction => ({type: 'open', place: {name}});

	test('opens, goes back, and never leaves the first place', () => {
		expect(go(open('logs'))).toBe('logs');
		expect(go(open('logs'), {type: 'back'}, {type: 'back'})).toBe('home');
	});

	test('a replaced place is not on the way back', () => {
		expect(go(open('logs'), {type: 'replace', place: {name: 'settings'}}, {type: 'back'})).toBe('home');
	});

	test('back closes the help first, reset forgets the way', () => {
		const helped = [open('logs'), {type: 'toggle-help'}] as const;
		expect(go(...helped, {type: 'back'})).toBe('logs');
		expect(go(...helped, {type: 'reset', place: {name: 'settings'}}, {type: 'back'})).toBe('settings');
	});
});

describe('text field', () => {
	const type = (value: string, ...actions: readonly TextFieldAction[]) =>
		actions.reduce(reduceTextField, startTextField(value));

	test('inserts where the cursor is, counting characters and not code units', () => {
		const state = type('a𝄞c', {type: 'move', by: -1}, {type: 'insert', text: 'b'});
		expect(state).toEqual({value: 'a𝄞bc', cursor: 3});
	});

	test('deletes a character, a word, to the start and to the end', () => {
		expect(type('é😀', {type: 'delete-before'}).value).toBe('é');
		expect(type('/var/lib two', {type: 'delete-word'}).value).toBe('/var/lib ');
		expect(type('abc', {type: 'move', by: -1}, {type: 'delete-to-start'})).toEqual({value: 'c', cursor: 0});
		expect(type('abc', {type: 'start'}, {type: 'delete-to-end'})).toEqual({value: '', cursor: 0});
	});

	test('the cursor stays within the text', () => {
		expect(type('ab', {type: 'move', by: 9}).cursor).toBe(2);
		expect(type('ab', {type: 'move', by: -9}).cursor).toBe(0);
		expect(type('', {type: 'delete-before'})).toEqual({value: '', cursor: 0});
	});
});

test('several of many: moves around, ticks, all and none', () => {
	const values = ['a', 'b', 'c'];
	const start = {cursor: 0, chosen: new Set(['b'])};
	expect(reduceMultiSelect(start, {type: 'move', by: -1}, values).cursor).toBe(2);
	expect([...reduceMultiSelect(start, {type: 'toggle'}, values).chosen]).toEqual(['b', 'a']);
	expect([...reduceMultiSelect({...start, cursor: 1}, {type: 'toggle'}, values).chosen]).toEqual([]);
	expect(reduceMultiSelect(start, {type: 'all'}, values).chosen.size).toBe(3);
	expect(reduceMultiSelect(start, {type: 'none'}, values).chosen.size).toBe(0);
});

test('scrolling stays between the first and the last page', () => {
	expect(reduceScroll(0, {type: 'by', lines: -5, last: 10})).toBe(0);
	expect(reduceScroll(8, {type: 'by', lines: 5, last: 10})).toBe(10);
	// The text became shorter meanwhile.
	expect(reduceScroll(50, {type: 'by', lines: -1, last: 10})).toBe(9);
});

describe('flow', () => {
	const question = (id: string): Question => ({id, title: `${id}?`, flag: `--${id}`, kind: 'text'});
	const go = (...actions: readonly FlowAction[]) => actions.reduce(reduceFlow, startFlow({given: 1}));
	const questions: FlowAction = {type: 'questions', questions: [question('a'), question('b'), question('given')]};

	test('asks what is not given, one by one, then looks for more', () => {
		expect(go(questions)).toMatchObject({stage: 'asking', question: {id: 'a'}});
		const answered = go(questions, {type: 'answer', value: 'x'}, {type: 'answer', value: 'y'});
		expect(answered).toMatchObject({
			stage: 'thinking',
			about: 'questions',
			answers: {given: 1, a: 'x', b: 'y'},
		});
	});

	test('without anything to ask it goes on to the plan; a question left empty is not asked again', () => {
		expect(go({type: 'questions', questions: []})).toMatchObject({stage: 'thinking', about: 'plan'});
		const skipped = go(questions, {type: 'answer', value: undefined}, {type: 'answer', value: 'y'}, questions);
		expect(skipped).toMatchObject({stage: 'thinking', about: 'plan', answers: {given: 1, b: 'y'}});
	});

	test('back leads to the question before, with its answer', () => {
		const state = go(questions, {type: 'answer', value: 'x'}, {type: 'back'});
		expect(state).toMatchObject({stage: 'asking', question: {id: 'a', initial: 'x'}, answers: {given: 1}});
		expect(isAtStart(state)).toBe(true);
	});

	test('what comes late is not taken for what is awaited', () => {
		const asking = go(questions);
		expect(reduceFlow(asking, {type: 'plan', plan: {}, review: {} as never})).toBe(asking);
	});

	test('an earlier answer is the first value only where it fits', () => {
		const choice: Question = {id: 'c', title: '?', flag: '-c', kind: 'choice', choices: [{value: 'x', label: 'X'}]};
		expect(withInitial(choice, 'x')).toMatchObject({initial: 'x'});
		expect(withInitial(choice, 'gone')).toBe(choice);
		const secret: Question = {id: 's', title: '?', flag: '-s', kind: 'text', secret: true};
		expect(withInitial(secret, 'hunter2')).toBe(secret);
	});
});
