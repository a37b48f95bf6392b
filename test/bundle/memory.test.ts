import {execFileSync} from 'node:child_process';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {createTestFolder} from './sample.js';

const root = await createTestFolder();
const script = fileURLToPath(new URL('large-writer.ts', import.meta.url));

/** Peak memory in MB of a process that writes a bundle of so many MB and reads it back. */
function measure(megabytes: number): number {
	const folder = join(root, String(megabytes));
	const output = execFileSync(process.execPath, ['--import', 'tsx', script, folder, String(megabytes)], {
		encoding: 'utf8',
	});
	return Number(output);
}

// The processes measured here carry tsx besides, some 40 MB; the built command is measured by the bench.
test('memory does not grow with the data', () => {
	const small = measure(32);
	const large = measure(224);
	expect(large).toBeLessThan(220);
	expect(large - small).toBeLessThan(60);
});
