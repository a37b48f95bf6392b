import {randomBytes} from 'node:crypto';
import {ensureImages} from '../../lab/build-images.js';
import {run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';

/** The database server: its start, its files, its room. */
export const serverFaults: readonly Fault[] = [
	{
		name: 'database stopped',
		cause: 'db-host-unresolvable',
		proof: /exited|stopped/,
		fix: 'start-database',
		applied: true,
		async put(bench) {
			await bench.compose('stop', 'postgres');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'application faster than the database',
		rare: true,
		cause: 'db-not-ready',
		service: 'app',
		proof: /ready|starting|refused/i,
		fix: 'start-database',
		applied: true,
		async put(bench) {
			await bench.compose('stop', 'app', 'postgres');
			await bench.override({
				services: {
					app: {restart: 'no'},
					postgres: {entrypoint: ['sh', '-c', 'sleep 4; exec docker-entrypoint.sh postgres']},
				},
			});
			await bench.compose('up', '-d', '--no-deps', 'postgres', 'app');
			await bench.untilEnded('app');
			await bench.until(
				'the database is healthy',
				async () => (await bench.state('postgres'))?.Health?.Status === 'healthy',
			);
		},
	},
	{
		name: 'older major version on the data',
		cause: 'db-version-incompatible',
		service: 'postgres',
		confidence: 'high',
		proof: /17/,
		notBeside: ['db-host-unresolvable', 'healthcheck-broken'],
		fix: 'pin-postgres-major',
		applied: true,
		async put(bench) {
			await ensureImages(['postgres:15'], () => {});
			await bench.edit('docker-compose.yml', text => text.replace('image: postgres:17', 'image: postgres:15'));
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'postgres:18 with the volume at the old place',
		rare: true,
		cause: 'pg18-mount-layout',
		service: 'postgres',
		confidence: 'high',
		proof: /18\+|pg_ctlcluster|\/var\/lib\/postgresql\/data/,
		fix: 'pin-postgres-major',
		applied: true,
		async put(bench) {
			await ensureImages(['postgres:18'], () => {});
			await bench.edit('docker-compose.yml', text => text.replace('image: postgres:17', 'image: postgres:18'));
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'first start of postgres:18 with the volume at the old place',
		rare: true,
		cause: 'pg18-mount-layout',
		service: 'postgres',
		proof: /18\+|\/var\/lib\/postgresql\/data/,
		fix: 'fix-pg18-mount',
		applied: true,
		isFirstStart: true,
		async put(bench) {
			await ensureImages(['postgres:18'], () => {});
			await bench.edit('docker-compose.yml', text =>
				text
					.replace('image: postgres:17', 'image: postgres:18')
					.replace('pgdata:/var', 'pgdata18:/var')
					.replace(/ {2}pgdata:\n/, line => `${line}  pgdata18:\n`),
			);
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'server runs as a stranger to its files',
		cause: 'volume-permission',
		service: 'postgres',
		proof: /ownership|permission/i,
		fix: 'chown-mount',
		applied: true,
		async put(bench) {
			await bench.override({services: {postgres: {user: '1001:1001'}}});
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'lock file of a server that is gone',
		cause: 'stale-pid-lock',
		service: 'postgres',
		proof: /postmaster\.pid/,
		fix: 'remove-stale-pid',
		applied: true,
		async put(bench) {
			await bench.compose('stop', 'postgres');
			await bench.compose(
				'run',
				'--rm',
				'--no-deps',
				'--entrypoint',
				'sh',
				'postgres',
				'-c',
				'printf "1\\n/var/lib/postgresql/data\\n1760000000\\n5432\\n/var/run/postgresql\\n*\\n" > $PGDATA/postmaster.pid; chown postgres:postgres $PGDATA/postmaster.pid; chmod 600 $PGDATA/postmaster.pid',
			);
			await bench.override({
				services: {
					postgres: {init: true, user: '999:999', entrypoint: ['sh', '-c', 'docker-entrypoint.sh postgres & wait $!']},
				},
			});
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
		undo: async bench => {
			await bench.compose('stop', 'postgres');
			await bench.compose(
				'run',
				'--rm',
				'--no-deps',
				'--entrypoint',
				'sh',
				'postgres',
				'-c',
				'rm -f $PGDATA/postmaster.pid',
			);
		},
	},
	{
		name: '/dev/shm too small',
		cause: 'shm-too-small',
		service: 'postgres',
		proof: /shared memory|shm/i,
		fix: 'set-shm-size',
		applied: true,
		async put(bench) {
			await bench.override({services: {postgres: {shm_size: '1m'}}});
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'data disk full',
		rare: true,
		cause: 'disk-full',
		service: 'postgres',
		proof: /No space left|free|full/i,
		fix: 'free-disk',
		async put(bench) {
			await bench.override({
				services: {postgres: {volumes: ['small:/var/lib/postgresql/data']}},
				volumes: {small: {driver_opts: {type: 'tmpfs', device: 'tmpfs', o: 'size=72m'}}},
			});
			await bench.compose('up', '-d');
			await bench.untilHealthy();
			await bench.compose(
				'exec',
				'-T',
				'postgres',
				'sh',
				'-c',
				'dd if=/dev/zero of=$PGDATA/../data/core.1 bs=64k || true',
			);
			await bench
				.sql('CREATE TABLE filler (text text); INSERT INTO filler VALUES (repeat(md5(now()::text), 100))')
				.catch(() => {});
			await bench.untilLog('postgres', /No space left on device/);
		},
		undo: async bench => {
			await bench.compose('down');
			await bench.compose('run', '--rm', '--no-deps', 'postgres', 'true');
		},
	},
	{
		name: 'collation of another C library',
		cause: 'collation-mismatch',
		service: 'postgres',
		proof: /2\.31|collation/,
		fix: 'reindex-collation',
		applied: true,
		async put(bench) {
			await bench.sql(`UPDATE pg_database SET datcollversion = '2.31' WHERE datname = 'clerq'`);
			await bench.compose('restart', 'app');
			await bench.untilHealthy();
		},
		undo: async bench => {
			await bench.sql('ALTER DATABASE clerq REFRESH COLLATION VERSION');
		},
	},
	{
		name: 'no password for the first start',
		rare: true,
		cause: 'db-superuser-password-missing',
		service: 'postgres',
		confidence: 'high',
		proof: /superuser password is not specified/,
		fix: 'set-superuser-password',
		applied: true,
		isFirstStart: true,
		async put(bench) {
			await bench.override({
				services: {postgres: {environment: {POSTGRES_PASSWORD: ''}, volumes: ['nobody:/var/lib/postgresql/data']}},
				volumes: {nobody: {}},
			});
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'stray file where the first data directory shall be',
		rare: true,
		cause: 'db-datadir-not-empty',
		service: 'postgres',
		proof: /not empty/,
		async put(bench) {
			await bench.override({services: {postgres: {volumes: ['stray:/var/lib/postgresql/data']}}, volumes: {stray: {}}});
			await bench.compose(
				'run',
				'--rm',
				'--no-deps',
				'--entrypoint',
				'sh',
				'postgres',
				'-c',
				'mkdir -p $PGDATA/lost+found',
			);
			await bench.compose('up', '-d');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'write-ahead log lost',
		rare: true,
		cause: 'wal-corrupted',
		service: 'postgres',
		proof: /checkpoint record/,
		notBeside: ['db-host-unresolvable', 'healthcheck-broken'],
		fix: 'restore-backup',
		async put(bench) {
			await damageCopy(bench, 'find pg_wal -type f -delete');
			await bench.untilBroken('postgres');
		},
	},
	{
		name: 'file of the data directory lost',
		rare: true,
		cause: 'datadir-damaged',
		service: 'postgres',
		proof: /pg_filenode\.map/,
		notBeside: ['db-host-unresolvable', 'healthcheck-broken'],
		fix: 'restore-backup',
		async put(bench) {
			await damageCopy(bench, 'rm global/pg_filenode.map');
			// The server begins again and again inside of a container that runs.
			await bench.untilEnded('migrate');
		},
	},
];

/** Lets the server run on a copy of its data that a script has damaged; the data itself stays whole. */
async function damageCopy(bench: Bench, script: string): Promise<void> {
	const {project} = bench.stack;
	const copy = `copy${randomBytes(2).toString('hex')}`;
	await bench.compose('stop', 'app', 'postgres');
	await run([
		...['docker', 'volume', 'create', '--label', `com.docker.compose.project=${project}`],
		...['--label', `com.docker.compose.volume=${copy}`, `${project}_${copy}`],
	]);
	await run([
		...['docker', 'run', '--rm', '--user=0', '--network=none', '--entrypoint=sh'],
		...['-v', `${project}_pgdata:/whole:ro`, '-v', `${project}_${copy}:/copy`, 'postgres:17'],
		...['-c', `cp -a /whole/. /copy/ && cd /copy && ${script}`],
	]);
	await bench.override({
		services: {postgres: {volumes: [`${copy}:/var/lib/postgresql/data`]}},
		volumes: {[copy]: {}},
	});
	await bench.compose('up', '-d');
}
