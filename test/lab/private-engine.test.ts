import {expect, it} from 'vitest';
import {ensureImages} from './build-images.js';
import {describeLab} from './describe-lab.js';
import {startPrivateEngine} from './private-engine.js';
import {attempt, run} from './run.js';

describeLab('a private engine', () => {
	it.skipIf(process.getuid?.() !== 0)(
		'stops and starts again with its data while the shared engine goes on',
		async () => {
			await ensureImages(['postgres:17'], () => {});
			const shared = await run(['docker', 'network', 'inspect', 'bridge', '--format', '{{.Id}}']);
			const engine = await startPrivateEngine(`test-${process.pid}`);
			try {
				const docker = (...args: readonly string[]) => run(['docker', '--host', engine.host, ...args]);
				await engine.copyImages(['postgres:17']);
				await docker('network', 'create', 'inner');
				await docker(
					...[
						'run',
						'--detach',
						'--name',
						'db',
						'--network',
						'inner',
						'--env',
						'POSTGRES_PASSWORD=x',
						'--publish',
						'5432:5432',
						'postgres:17',
					],
				);
				const ask = ['run', '--rm', '--network', 'inner', '--env', 'PGCONNECT_TIMEOUT=5', 'postgres:17'];
				const wait = 'for i in $(seq 60); do pg_isready -q -h db && exit 0; sleep 0.5; done; exit 1';
				await docker(...ask, 'bash', '-c', wait);
				await run(engine.inside(['bash', '-c', '</dev/tcp/localhost/5432']));
				await engine.stop();
				expect((await attempt(['docker', '--host', engine.host, 'version'])).exitCode).not.toBe(0);
				await engine.start();
				expect(await docker('ps', '--all', '--format', '{{.Names}}')).toBe('db');
			} finally {
				await engine.remove();
			}
			expect(await run(['docker', 'network', 'inspect', 'bridge', '--format', '{{.Id}}'])).toBe(shared);
			await run(['docker', 'run', '--rm', '--network', 'bridge', 'postgres:17', 'true']);
		},
	);
});
