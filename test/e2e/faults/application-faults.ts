import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {attempt} from '../../lab/run.js';
import type {Fault} from './fault.js';

const ask = (url: string, ...more: readonly string[]) => attempt(['curl', '-sS', '-m', '5', ...more, url]);

/** The application: secrets, addresses, memory, start. */
export const applicationFaults: readonly Fault[] = [
	{
		name: 'BETTER_AUTH_SECRET not set',
		cause: 'secret-missing',
		service: 'app',
		proof: /BETTER_AUTH_SECRET/,
		fix: 'generate-secret',
		applied: true,
		async put(bench) {
			await bench.setEnv('BETTER_AUTH_SECRET', '');
			await bench.compose('up', '-d');
			await bench.untilHealthy();
			await ask(bench.stack.healthUrl.replace(/\/api\/.*/, '/api/invoices/1/pdf-link'));
			await bench.untilLog('app', /BETTER_AUTH_SECRET is not set; cannot sign invoice PDF links\./);
		},
	},
	{
		name: 'BETTER_AUTH_SECRET weak',
		cause: 'secret-weak',
		service: 'app',
		proof: /BETTER_AUTH_SECRET/,
		fix: 'generate-secret',
		applied: true,
		async put(bench) {
			await bench.setEnv('BETTER_AUTH_SECRET', 'secretsecretsecretsecretsecretsecret');
			await bench.compose('up', '-d');
			await bench.untilHealthy();
		},
	},
	{
		name: 'BETTER_AUTH_URL with another port than the published one',
		cause: 'public-url-mismatch',
		// A proxy may publish that port: without a word of a user or a log nobody can be sure.
		confidence: 'medium',
		service: 'app',
		proof: /BETTER_AUTH_URL/,
		fix: 'set-public-url',
		applied: true,
		answers: bench => ['--value', new URL(bench.stack.healthUrl).origin],
		async put(bench) {
			await bench.setEnv('BETTER_AUTH_URL', 'http://localhost:3000');
			await bench.compose('up', '-d');
			await bench.untilHealthy();
		},
	},
	{
		name: 'BETTER_AUTH_URL without a scheme',
		rare: true,
		cause: 'public-url-malformed',
		service: 'app',
		proof: /BETTER_AUTH_URL|Invalid URL/,
		async put(bench) {
			await bench.setEnv('BETTER_AUTH_URL', 'clerq.example.com');
			await bench.compose('up', '-d');
			await bench.untilHealthy();
			await ask(bench.stack.healthUrl.replace(/\/api\/.*/, '/sign-in'));
			await bench.untilLog('app', /Invalid URL/);
		},
	},
	{
		name: 'killed for its memory limit',
		rare: true,
		cause: 'oom-killed',
		service: 'app',
		confidence: 'high',
		proof: /OOM|memory/i,
		fix: 'raise-memory',
		async put(bench) {
			await bench.override({
				services: {
					app: {
						mem_limit: '64m',
						memswap_limit: '64m',
						command: ['node', '-e', 'const all=[]; setInterval(()=>all.push(Buffer.alloc(8e6,1)),20)'],
					},
				},
			});
			await bench.compose('up', '-d');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'heap of Node exhausted',
		rare: true,
		cause: 'app-heap-exhausted',
		service: 'app',
		proof: /heap/i,
		fix: 'raise-heap',
		async put(bench) {
			await bench.override({
				services: {
					app: {
						environment: {NODE_OPTIONS: '--max-old-space-size=32'},
						command: ['node', '-e', 'const all=[]; for(;;) all.push({n: all.length, text: "x"+all.length})'],
					},
				},
			});
			await bench.compose('up', '-d');
			await bench.untilLog('app', /heap out of memory/);
			await bench.untilBroken('app');
		},
	},
	{
		name: 'killed by somebody',
		rare: true,
		cause: 'killed-sigkill',
		service: 'app',
		proof: /137|kill/i,
		async put(bench) {
			await bench.override({services: {app: {restart: 'no'}}});
			await bench.compose('up', '-d');
			await bench.untilHealthy();
			await bench.compose('kill', '-s', 'KILL', 'app');
			await bench.untilEnded('app');
		},
	},
	{
		name: 'health check with a tool that the image lacks',
		rare: true,
		cause: 'healthcheck-broken',
		service: 'app',
		proof: /wget/,
		async put(bench) {
			await bench.override({
				services: {
					app: {
						healthcheck: {
							test: ['CMD', 'wget', '-q', '-O-', 'http://localhost:3000/'],
							interval: '1s',
							retries: 2,
							start_period: '0s',
						},
					},
				},
			});
			await bench.compose('up', '-d');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'Windows line ends in the entry point',
		cause: 'crlf-entrypoint',
		service: 'app',
		proof: /no such file|not found|CRLF|line end/i,
		fix: 'convert-crlf',
		applied: true,
		async put(bench) {
			await writeFile(join(bench.directory, 'start.sh'), '#!/bin/sh\r\nexec node server.js\r\n', {mode: 0o755});
			await bench.override({services: {app: {entrypoint: ['/app/start.sh']}}});
			await bench.compose('up', '-d', '--build');
		},
		undo: bench => rm(join(bench.directory, 'start.sh'), {force: true}),
	},
	{
		name: 'image for another CPU',
		rare: true,
		cause: 'arch-mismatch',
		service: 'app',
		proof: /exec format|arm64/i,
		fix: 'set-platform',
		async put(bench) {
			await bench.override({
				services: {
					app: {
						entrypoint: ['/app/clerq'],
						build: {
							context: '.',
							dockerfile_inline:
								'FROM lifeboat-lab/node:20\nCOPY . .\nRUN head -c 4096 "$(readlink -f "$(command -v node)")" > clerq && printf "\\267" | dd of=clerq bs=1 seek=18 conv=notrunc && chmod +x clerq\nEXPOSE 3000\n',
						},
					},
				},
			});
			await bench.compose('up', '-d', '--build');
		},
	},
];
