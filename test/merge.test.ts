import {expect, test} from 'vitest';
import {merge} from '../source/merge.js';

async function* list(...values: readonly string[]) {
	for (const value of values) yield value;
}

async function collect(source: AsyncIterable<string>) {
	const all: string[] = [];
	for await (const value of source) all.push(value);
	return all;
}

test('gives every value of every source, each source in its order', async () => {
	const all = await collect(merge(list('a1', 'a2', 'a3'), list('b1'), list()));
	expect(all.filter(value => value.startsWith('a'))).toEqual(['a1', 'a2', 'a3']);
	expect(all).toContain('b1');
	expect(all).toHaveLength(4);
});

test('does not wait for a silent source before it gives what another has', async () => {
	let open: () => void = () => {};
	const gate = new Promise<void>(resolve => {
		open = resolve;
	});
	async function* silent() {
		await gate;
		yield 'late';
	}

	const seen: string[] = [];
	for await (const value of merge(silent(), list('early'))) {
		seen.push(value);
		open();
	}

	expect(seen).toEqual(['early', 'late']);
});

test('fails with the failure of a source', async () => {
	async function* broken(): AsyncGenerator<string> {
		yield 'x';
		throw new Error('pipe broke');
	}

	await expect(collect(merge(broken(), list('y')))).rejects.toThrow('pipe broke');
});
