import {type Fault, inUrl} from './fault.js';

/** Who may in: passwords, roles, rules, slots. */
export const loginFaults: readonly Fault[] = [
	{
		name: 'password changed in .env after the first start',
		cause: 'db-auth-stale-volume',
		confidence: 'high',
		proof: /made|older|volume|socket/i,
		notBeside: ['db-auth-failed', 'db-init-incomplete', 'migration-failed'],
		fix: 'align-role-password',
		applied: true,
		async put(bench) {
			await bench.setEnv('POSTGRES_PASSWORD', 'n3w-after-first-start');
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await bench.sql(`ALTER ROLE clerq PASSWORD 'clerq'`);
		},
	},
	{
		name: 'another password in the connection string alone',
		rare: true,
		cause: 'db-auth-failed',
		confidence: 'high',
		proof: /password|differ/i,
		notBeside: ['db-auth-stale-volume', 'db-init-incomplete'],
		fix: 'align-credentials',
		applied: true,
		async put(bench) {
			await bench.edit('docker-compose.yml', text => text.replace(/:\$\{POSTGRES_PASSWORD:-clerq\}@/, () => ':clerk@'));
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
	},
	{
		name: 'role does not exist',
		cause: 'db-role-missing',
		confidence: 'high',
		proof: /clerk/,
		notBeside: ['db-auth-failed', 'db-auth-stale-volume'],
		fix: 'use-original-role',
		applied: true,
		async put(bench) {
			await bench.setEnv('POSTGRES_USER', 'clerk');
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
	},
	{
		name: 'user of the connection string was never made',
		rare: true,
		cause: 'db-role-missing',
		proof: /bookkeeper/,
		notBeside: ['db-auth-failed', 'db-auth-stale-volume'],
		fix: 'create-role',
		applied: true,
		async put(bench) {
			await bench.edit('docker-compose.yml', inUrl('postgres://${POSTGRES_USER:-clerq}', 'postgres://bookkeeper'));
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await bench.compose('stop', 'app');
			await bench.sql('DROP ROLE IF EXISTS bookkeeper');
		},
	},
	{
		name: 'all connection slots taken',
		cause: 'db-too-many-clients',
		proof: /connections|clients|slots/,
		fix: 'raise-max-connections',
		applied: true,
		async put(bench) {
			await bench.override({services: {postgres: {command: ['postgres', '-c', 'max_connections=7']}}});
			await bench.compose('up', '-d');
			await bench.untilHealthy();
			await bench.compose(
				'exec',
				'-d',
				'postgres',
				'sh',
				'-c',
				'for n in 1 2 3 4 5 6 7; do while :; do psql -U clerq -c "select pg_sleep(600)"; sleep 0.2; done & done; wait',
			);
			await bench.compose('restart', 'app');
			await bench.untilLog('app', /too many clients|remaining connection slots/);
		},
	},
	{
		name: 'pg_hba.conf rejects the application',
		rare: true,
		cause: 'db-hba-rejected',
		proof: /pg_hba/,
		async put(bench) {
			await bench.compose(
				'exec',
				'-T',
				'postgres',
				'sh',
				'-c',
				'cd $PGDATA && cp -p pg_hba.conf pg_hba.before && sed "/^host all all all/d" pg_hba.before > pg_hba.conf',
			);
			await bench.sql('SELECT pg_reload_conf()');
			await bench.compose('restart', 'app');
			await bench.untilLog('app', /pg_hba/);
		},
		undo: async bench => {
			await bench.compose('exec', '-T', 'postgres', 'sh', '-c', 'cd $PGDATA && mv pg_hba.before pg_hba.conf');
			await bench.sql('SELECT pg_reload_conf()');
		},
	},
	{
		name: 'role may not create',
		cause: 'db-privilege-missing',
		proof: /permission denied/,
		fix: 'grant-ownership',
		applied: true,
		async put(bench) {
			await bench.sql(`CREATE ROLE clerq_small LOGIN PASSWORD 'clerq'; CREATE DATABASE clerq_small`, 'postgres');
			await bench.edit('docker-compose.yml', text =>
				text.replace(
					/postgres:\/\/\$\{POSTGRES_USER:-clerq\}(.*)\/\$\{POSTGRES_DB:-clerq\}/,
					'postgres://clerq_small$1/clerq_small',
				),
			);
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await bench.sql('DROP DATABASE clerq_small WITH (FORCE)', 'postgres');
			await bench.sql('DROP ROLE clerq_small', 'postgres');
		},
	},
];
