import {EventEmitter} from 'node:events';
import {describe, expect, test} from 'vitest';
import {KeyFeed, splitKeys} from '../../source/ui/key-feed.js';
import {keys} from '../helpers/ink.js';

describe('what arrives at once is taken apart', () => {
	test.each([
		['an arrow and Enter', `${keys.down}\r`, [keys.down, '\r']],
		['three arrows', keys.up + keys.up + keys.left, [keys.up, keys.up, keys.left]],
		['two letters pressed quickly', 'r?', ['r', '?']],
		['text and Enter', 'clerq\r', ['clerq', '\r']],
		['a paste of one line', 'postgres://a:b@c/d', ['postgres://a:b@c/d']],
		['Escape and Ctrl+C', '\u001B\u0003', ['\u001B', '\u0003']],
		['Escape and a letter', '\u001Bh', ['\u001B', 'h']],
		['Alt and Backspace', '\u001B\u007F', ['\u001B\u007F']],
		['keys with modifiers', '\u001B[1;5C\u001BOP', ['\u001B[1;5C', '\u001BOP']],
		['characters of any language', 'Größe大', ['Größe大']],
		['a short word', '😀é', ['😀', 'é']],
	])('%s', (_name, chunk, expected) => expect(splitKeys(chunk)).toEqual(expected));
});

class Source extends EventEmitter {
	readonly isTTY = true;
	readonly waiting: string[] = [];
	readonly calls: string[] = [];
	send(text: string): void {
		this.waiting.push(text);
		this.emit('readable');
	}

	read(): string | null {
		return this.waiting.shift() ?? null;
	}

	setRawMode(on: boolean): this {
		this.calls.push(`raw ${on}`);
		return this;
	}

	setEncoding(): this {
		return this;
	}

	ref(): this {
		this.calls.push('ref');
		return this;
	}

	unref(): this {
		this.calls.push('unref');
		return this;
	}
}

function open() {
	const source = new Source();
	const feed = new KeyFeed(source as unknown as NodeJS.ReadStream);
	const heard: string[] = [];
	const turns: number[] = [];
	let turn = 0;
	const count = () => {
		turn++;
		if (heard.length < 10) setImmediate(count);
	};

	count();
	const listener = () => {
		for (let key = feed.read(); key !== null; key = feed.read()) {
			heard.push(key);
			turns.push(turn);
		}
	};

	feed.addListener('readable', listener);
	return {source, feed, heard, turns, listener};
}

test('keys are handed over in order, some turns of the event loop apart', async () => {
	const {source, heard, turns} = open();
	source.send(`${keys.down}${keys.down}\r`);
	await expect.poll(() => heard).toEqual([keys.down, keys.down, '\r']);
	expect((turns[1] ?? 0) - (turns[0] ?? 0)).toBeGreaterThan(1);
});

test('a sequence cut in two by the network is put together; a lone Escape comes through', async () => {
	const {source, heard} = open();
	source.send('\u001B[');
	source.send('A');
	await expect.poll(() => heard).toEqual([keys.up]);
	source.send('\u001B');
	await expect.poll(() => heard).toEqual([keys.up, '\u001B']);
});

test('what was typed for one screen is not handed to the next reader', () => {
	const {source, feed, listener} = open();
	source.send('abc\rdef');
	feed.removeListener('readable', listener);
	expect(source.listenerCount('readable')).toBe(0);
	expect(feed.read()).toBeNull();
	feed.setRawMode(false).unref().ref();
	expect(source.calls).toEqual(['raw false', 'unref', 'ref']);
});
