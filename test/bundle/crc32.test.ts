import {expect, test} from 'vitest';
import {crc32, tableCrc32} from '../../source/bundle/crc32.js';

const text = Buffer.from('123456789');

test('both ways give the check value of CRC-32', () => {
	expect(crc32(text)).toBe(0xcbf4_3926);
	expect(tableCrc32()(text)).toBe(0xcbf4_3926);
});

test('both ways agree on any split of any bytes', () => {
	const byTable = tableCrc32();
	const bytes = Buffer.from(Array.from({length: 1000}, (_, index) => (index * 7919) % 251));
	for (let cut = 0; cut < bytes.length; cut += 13) {
		const expected = crc32(bytes);
		expect(byTable(bytes.subarray(cut), byTable(bytes.subarray(0, cut)))).toBe(expected);
		expect(crc32(bytes.subarray(cut), crc32(bytes.subarray(0, cut)))).toBe(expected);
	}
});
