import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {createProcesses} from '../../source/engine/processes.js';
import type {PostgresClient} from '../../source/postgres/client.js';
import {feed} from '../../source/postgres/feed.js';

const processes = createProcesses();
/** What `feed` asks of a client: why a program that was lost cannot run any more. */
const client = {explainLoss: async () => undefined} as unknown as PostgresClient;

let folder = '';
beforeEach(() => {
	folder = mkdtempSync(join(tmpdir(), 'lifeboat-feed-'));
});
afterEach(() => rmSync(folder, {recursive: true, force: true}));

/** Copies its input into a file, then writes another one: as pg_restore would begin. */
function startCopy() {
	const running = processes.start('sh', ['-c', 'cat >"$1/copy" && : >"$1/begun"', 'sh', folder]);
	return {...running, applicationName: 'lifeboat-test-1'};
}

const copied = () => readFileSync(join(folder, 'copy'), 'utf8');
const hasBegun = () => {
	try {
		readFileSync(join(folder, 'begun'));
		return true;
	} catch {
		return false;
	}
};

/** As a bundle gives its parts: one piece of memory for all chunks. */
async function* reusing(words: readonly string[]): AsyncGenerator<Buffer, void, void> {
	const memory = Buffer.alloc(1024 * 1024);
	for (const word of words) yield memory.fill(word);
}

test('each chunk is written before its memory is used again', async () => {
	const words = Array.from({length: 20}, (_, index) => String.fromCharCode(97 + index));
	const told: number[] = [];
	await feed(
		startCopy(),
		{client, database: 'db', source: reusing(words), onBytes: bytes => told.push(bytes)},
		'pg_restore',
	);
	expect(copied()).toBe(words.map(word => word.repeat(1024 * 1024)).join(''));
	expect(told.at(-1)).toBe(20 * 1024 * 1024);
});

test('the end of the input waits for the database', async () => {
	let make = () => {};
	const ready = new Promise<void>(resolve => {
		make = resolve;
	});
	const fed = feed(startCopy(), {client, database: 'db', source: reusing(['a']), ready}, 'pg_restore');
	await expect.poll(() => readFileSync(join(folder, 'copy')).length).toBe(1024 * 1024);
	await delay(50);
	expect(hasBegun()).toBe(false);
	make();
	await fed;
	expect(hasBegun()).toBe(true);
});

test('a database that cannot be made ends the program before it begins, and says why', async () => {
	const ready = Promise.reject(new Error('no such locale'));
	const never = async function* (): AsyncGenerator<Buffer, void, void> {
		yield Buffer.from('a');
		await delay(20);
		yield Buffer.from('b');
	};
	await expect(feed(startCopy(), {client, database: 'db', source: never(), ready}, 'pg_restore')).rejects.toThrow(
		'no such locale',
	);
	expect(hasBegun()).toBe(false);
});

test('a source that fails is not taken for one that ends', async () => {
	const broken = async function* (): AsyncGenerator<Buffer, void, void> {
		yield Buffer.from('half');
		throw new Error('the file is cut');
	};
	await expect(feed(startCopy(), {client, database: 'db', source: broken()}, 'pg_restore')).rejects.toThrow(
		'the file is cut',
	);
	expect(hasBegun()).toBe(false);
});

test('a program that ends early is told by what it said, and the source is not read on', async () => {
	writeFileSync(join(folder, 'fail.sh'), 'echo "pg_restore: error: could not execute query" >&2\nexit 1\n');
	const running = {...processes.start('sh', [join(folder, 'fail.sh')]), applicationName: 'lifeboat-test-2'};
	let asked = 0;
	const endless = async function* (): AsyncGenerator<Buffer, void, void> {
		for (;;) {
			asked += 1;
			yield Buffer.alloc(1024 * 1024);
		}
	};
	await expect(feed(running, {client, database: 'db', source: endless()}, 'pg_restore')).rejects.toMatchObject({
		code: 'restore-failed',
	});
	expect(asked).toBeLessThan(10);
});
