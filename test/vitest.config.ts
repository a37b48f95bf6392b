import {fileURLToPath} from 'node:url';
import {defineConfig} from 'vitest/config';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * Two projects: `unit` needs nothing but Node; `lab` needs the engine, images and stacks of test/lab,
 * which its global set-up brings up. Lab files mostly wait for containers to become healthy, so three of them share two cores and one engine;
 * each has projects of its own.
 */
export default defineConfig({
	root,
	test: {
		projects: [
			{
				root,
				test: {
					name: 'unit',
					include: ['test/**/*.test.{ts,tsx}'],
					exclude: ['test/e2e/**', 'test/lab/**'],
					testTimeout: 60_000,
					env: {NODE_ENV: 'test'},
				},
			},
			{
				root,
				test: {
					name: 'lab',
					include: ['test/e2e/**/*.test.ts', 'test/lab/**/*.test.ts'],
					testTimeout: 600_000,
					hookTimeout: 1_800_000,
					maxWorkers: 3,
					sequence: {groupOrder: 1},
					globalSetup: ['test/lab/vitest-setup.ts'],
				},
			},
		],
	},
});
