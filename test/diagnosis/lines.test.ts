import {describe, expect, it} from 'vitest';
import {cutAtLastStart, normaliseLines} from '../../source/diagnosis/lines.js';

const texts = (...raw: string[]) => normaliseLines(raw).map(line => line.text);

describe('normaliseLines', () => {
	it.each([
		['colours', '\u001B[31merror\u001B[39m: no', 'error: no'],
		['control characters', 'a\u0007b\u0000c', 'abc'],
		['the prefix of Compose', 'web-1  | listening', 'listening'],
		['the prefix of Compose v1', 'shop_web_1_2c92971e600a | listening', 'listening'],
		['a time before the prefix', '2026-06-01 10:00:00 db-1  | ready', 'ready'],
		['the time of the engine', '2026-06-01T10:00:00.123456789Z ready', 'ready'],
		['journald', 'Jun 01 10:00:00 host dockerd[812]: ready', 'ready'],
		['a carriage return at the end', 'ready\r', 'ready'],
		['a code frame, which is no prefix', ' 6 |   provider = "x"', ' 6 |   provider = "x"'],
	])('takes off %s', (_name, raw, text) => {
		expect(texts(raw)).toEqual([text]);
	});

	it('keeps a carriage return inside of a line visible', () => {
		expect(texts('/bin/bash\r: bad interpreter')).toEqual(['/bin/bash\\r: bad interpreter']);
	});

	it('reads JSON, also in JSON and with line ends', () => {
		expect(texts('{"level":50,"msg":"first\\nsecond","err":{"message":"inner \\"x\\" failed"}}')).toEqual([
			'level: 50',
			'first',
			'second',
			'inner "x" failed',
		]);
		expect(texts('app said {\\"msg\\":\\"role \\\\\\"shop\\\\\\" does not exist\\"}')).toEqual([
			'app said {"msg":"role "shop" does not exist"}',
		]);
	});

	it('prints a socket error of Node as Node does', () => {
		expect(texts('{"code":"ECONNREFUSED","syscall":"connect","address":"127.0.0.1","port":5432}')[0]).toBe(
			'connect ECONNREFUSED 127.0.0.1:5432',
		);
	});

	it('remembers container and time', () => {
		expect(normaliseLines(['db-1  | 2026-06-01 10:00:00.500 UTC [1] LOG:  ready'])[0]).toMatchObject({
			container: 'db',
			time: Date.parse('2026-06-01T10:00:00.500Z'),
		});
	});
});

describe('cutAtLastStart', () => {
	const log = (...raw: string[]) => normaliseLines(raw);

	it('keeps what a service said since its last start', () => {
		const lines = log('2026-06-01T10:00:00Z old', '    at old stack', '2026-06-01T11:00:00Z new', '    at new stack');
		const kept = cutAtLastStart(lines, {role: 'app', startedAt: '2026-06-01T11:00:00Z'});
		expect(kept.map(line => line.text.trim())).toEqual(['new', 'at new stack']);
	});

	it('hears the runs before of a service that was seen between two ends: the one under way has not come to it', () => {
		const lines = log('2026-06-01T10:59:58.100Z FATAL: no room', '2026-06-01T10:59:58.500Z server is shut down');
		const times = {startedAt: '2026-06-01T10:59:59.200Z', finishedAt: '2026-06-01T10:59:58.600Z'};
		expect(cutAtLastStart(lines, {role: 'database', state: 'restarting', ...times})).toEqual(lines);
		expect(cutAtLastStart(lines, {role: 'database', state: 'running', ...times})).toHaveLength(1);
	});

	it('keeps the first run of a migration', () => {
		const lines = log('2026-06-01T10:00:00Z first error', '2026-06-01T11:00:00Z second error');
		expect(cutAtLastStart(lines, {role: 'migrate', startedAt: '2026-06-01T11:00:00Z'})).toHaveLength(2);
	});

	it('forgets what a server survived, but nothing of one that did not get up', () => {
		const crash = log('LOG:  starting PostgreSQL 17.4', 'PANIC:  could not locate a valid checkpoint record');
		const good = log('LOG:  starting PostgreSQL 17.4', 'LOG:  database system is ready to accept connections');
		expect(cutAtLastStart([...crash, ...good], {role: 'database'})).toEqual(good);
		expect(cutAtLastStart([...good, ...crash], {role: 'database'})).toHaveLength(4);
	});
});
