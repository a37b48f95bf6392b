import {randomBytes} from 'node:crypto';
import {run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';
import {
	broken,
	compose,
	edit,
	ended,
	healthy,
	images,
	inCompose,
	inOrder,
	inServer,
	inVolumes,
	override,
	says,
	sql,
	up,
} from './steps.js';

/** The database server: its start, its files, its room. */
export const serverFaults: readonly Fault[] = [
	{
		name: 'database stopped',
		cause: 'db-host-unresolvable',
		proof: /exited|stopped/,
		repair: 'start-database',
		put: inOrder(compose('stop', 'postgres'), broken('app')),
	},
	{
		name: 'application faster than the database',
		rare: true,
		cause: 'db-not-ready',
		service: 'app',
		proof: /ready|starting|refused/i,
		repair: 'start-database',
		put: inOrder(
			compose('stop', 'app', 'postgres'),
			override({
				services: {
					app: {restart: 'no'},
					postgres: {entrypoint: ['sh', '-c', 'sleep 4; exec docker-entrypoint.sh postgres']},
				},
			}),
			compose('up', '-d', '--no-deps', 'postgres', 'app'),
			ended('app'),
			bench =>
				bench.until(
					'the database is healthy',
					async () => (await bench.state('postgres'))?.Health?.Status === 'healthy',
				),
		),
	},
	{
		name: 'older major version on the data',
		cause: 'db-version-incompatible',
		service: 'postgres',
		confidence: 'high',
		proof: /17/,
		notBeside: ['db-host-unresolvable', 'healthcheck-broken'],
		repair: 'pin-postgres-major',
		put: inOrder(images('postgres:15'), inCompose('image: postgres:17', 'image: postgres:15'), up, broken('postgres')),
	},
	{
		name: 'postgres:18 with the volume at the old place',
		rare: true,
		cause: 'pg18-mount-layout',
		service: 'postgres',
		confidence: 'high',
		proof: /18\+|pg_ctlcluster|\/var\/lib\/postgresql\/data/,
		repair: 'pin-postgres-major',
		put: inOrder(images('postgres:18'), inCompose('image: postgres:17', 'image: postgres:18'), up, broken('postgres')),
	},
	{
		name: 'first start of postgres:18 with the volume at the old place',
		rare: true,
		cause: 'pg18-mount-layout',
		service: 'postgres',
		proof: /18\+|\/var\/lib\/postgresql\/data/,
		repair: 'fix-pg18-mount',
		isFirstStart: true,
		put: inOrder(
			images('postgres:18'),
			edit('docker-compose.yml', text =>
				text
					.replace('image: postgres:17', 'image: postgres:18')
					.replace('pgdata:/var', 'pgdata18:/var')
					.replace(/ {2}pgdata:\n/, line => `${line}  pgdata18:\n`),
			),
			up,
			broken('postgres'),
		),
	},
	{
		name: 'server runs as a stranger to its files',
		cause: 'volume-permission',
		service: 'postgres',
		proof: /ownership|permission/i,
		repair: 'chown-mount',
		put: inOrder(override({services: {postgres: {user: '1001:1001'}}}), up, broken('postgres')),
	},
	{
		name: 'lock file of a server that is gone',
		cause: 'stale-pid-lock',
		service: 'postgres',
		proof: /postmaster\.pid/,
		repair: 'remove-stale-pid',
		put: inOrder(
			compose('stop', 'postgres'),
			inVolumes(
				'printf "1\\n/var/lib/postgresql/data\\n1760000000\\n5432\\n/var/run/postgresql\\n*\\n" > $PGDATA/postmaster.pid; chown postgres:postgres $PGDATA/postmaster.pid; chmod 600 $PGDATA/postmaster.pid',
			),
			override({
				services: {
					postgres: {init: true, user: '999:999', entrypoint: ['sh', '-c', 'docker-entrypoint.sh postgres & wait $!']},
				},
			}),
			up,
			broken('postgres'),
		),
		undo: inOrder(compose('stop', 'postgres'), inVolumes('rm -f $PGDATA/postmaster.pid')),
	},
	{
		name: '/dev/shm too small',
		cause: 'shm-too-small',
		service: 'postgres',
		proof: /shared memory|shm/i,
		repair: 'set-shm-size',
		// Statistics that a clean end has written are what it loads at its start, and has no room for.
		put: inOrder(
			compose('stop', 'postgres'),
			override({services: {postgres: {shm_size: '1m'}}}),
			up,
			broken('postgres'),
		),
	},
	{
		name: 'data disk full',
		rare: true,
		cause: 'disk-full',
		service: 'postgres',
		proof: /No space left|free|full/i,
		fix: 'free-disk',
		put: inOrder(
			override({
				services: {postgres: {volumes: ['small:/var/lib/postgresql/data']}},
				volumes: {small: {driver_opts: {type: 'tmpfs', device: 'tmpfs', o: 'size=72m'}}},
			}),
			up,
			healthy,
			inServer('dd if=/dev/zero of=$PGDATA/../data/core.1 bs=64k || true'),
			bench =>
				bench
					.sql('CREATE TABLE filler (text text); INSERT INTO filler VALUES (repeat(md5(now()::text), 100))')
					.catch(() => {}),
			says('postgres', /No space left on device/),
		),
		undo: inOrder(compose('down'), compose('run', '--rm', '--no-deps', 'postgres', 'true')),
	},
	{
		name: 'collation of another C library',
		cause: 'collation-mismatch',
		service: 'postgres',
		proof: /2\.31|collation/,
		repair: 'reindex-collation',
		put: inOrder(
			sql(`UPDATE pg_database SET datcollversion = '2.31' WHERE datname = 'clerq'`),
			compose('restart', 'app'),
			healthy,
		),
		undo: sql('ALTER DATABASE clerq REFRESH COLLATION VERSION'),
	},
	{
		name: 'no password for the first start',
		rare: true,
		cause: 'db-superuser-password-missing',
		service: 'postgres',
		confidence: 'high',
		proof: /superuser password is not specified/,
		repair: 'set-superuser-password',
		isFirstStart: true,
		put: inOrder(
			override({
				services: {postgres: {environment: {POSTGRES_PASSWORD: ''}, volumes: ['nobody:/var/lib/postgresql/data']}},
				volumes: {nobody: {}},
			}),
			up,
			broken('postgres'),
		),
	},
	{
		name: 'stray file where the first data directory shall be',
		rare: true,
		cause: 'db-datadir-not-empty',
		service: 'postgres',
		proof: /not empty/,
		put: inOrder(
			override({services: {postgres: {volumes: ['stray:/var/lib/postgresql/data']}}, volumes: {stray: {}}}),
			inVolumes('mkdir -p $PGDATA/lost+found'),
			up,
			broken('postgres'),
		),
	},
	{
		name: 'write-ahead log lost',
		rare: true,
		cause: 'wal-corrupted',
		service: 'postgres',
		proof: /checkpoint record/,
		notBeside: ['db-host-unresolvable', 'healthcheck-broken'],
		fix: 'restore-backup',
		put: inOrder(bench => damageCopy(bench, 'find pg_wal -type f -delete'), broken('postgres')),
	},
	{
		name: 'file of the data directory lost',
		rare: true,
		cause: 'datadir-damaged',
		service: 'postgres',
		proof: /pg_filenode\.map/,
		notBeside: ['db-host-unresolvable', 'healthcheck-broken'],
		fix: 'restore-backup',
		put: inOrder(
			bench => damageCopy(bench, 'rm global/pg_filenode.map'),
			// The server begins again and again inside of a container that runs.
			ended('migrate'),
		),
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
