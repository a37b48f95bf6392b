import type {Fault} from './fault.js';
import {
	compose,
	edit,
	ended,
	healthy,
	inCompose,
	inOrder,
	inServer,
	inServerBeside,
	override,
	says,
	setEnv,
	sql,
	up,
} from './steps.js';

/** Who may in: passwords, roles, rules, slots. */
export const loginFaults: readonly Fault[] = [
	{
		name: 'password changed in .env after the first start',
		cause: 'db-auth-stale-volume',
		confidence: 'high',
		proof: /made|older|volume|socket/i,
		notBeside: ['db-auth-failed', 'db-init-incomplete', 'migration-failed'],
		repair: 'align-role-password',
		put: inOrder(setEnv('POSTGRES_PASSWORD', 'n3w-after-first-start'), up, ended('migrate')),
		undo: sql(`ALTER ROLE clerq PASSWORD 'clerq'`),
	},
	{
		name: 'another password in the connection string alone',
		rare: true,
		cause: 'db-auth-failed',
		confidence: 'high',
		proof: /password|differ/i,
		notBeside: ['db-auth-stale-volume', 'db-init-incomplete'],
		repair: 'align-credentials',
		put: inOrder(inCompose(/:\$\{POSTGRES_PASSWORD:-clerq\}@/, ':clerk@'), up, ended('migrate')),
	},
	{
		name: 'role does not exist',
		cause: 'db-role-missing',
		confidence: 'high',
		proof: /clerk/,
		notBeside: ['db-auth-failed', 'db-auth-stale-volume'],
		repair: 'use-original-role',
		put: inOrder(setEnv('POSTGRES_USER', 'clerk'), up, ended('migrate')),
	},
	{
		name: 'user of the connection string was never made',
		rare: true,
		cause: 'db-role-missing',
		proof: /bookkeeper/,
		notBeside: ['db-auth-failed', 'db-auth-stale-volume'],
		repair: 'create-role',
		put: inOrder(inCompose('postgres://${POSTGRES_USER:-clerq}', 'postgres://bookkeeper'), up, ended('migrate')),
		undo: inOrder(compose('stop', 'app'), sql('DROP ROLE IF EXISTS bookkeeper')),
	},
	{
		name: 'all connection slots taken',
		cause: 'db-too-many-clients',
		proof: /connections|clients|slots/,
		repair: 'raise-max-connections',
		put: inOrder(
			override({services: {postgres: {command: ['postgres', '-c', 'max_connections=7']}}}),
			up,
			healthy,
			inServerBeside(
				'for n in 1 2 3 4 5 6 7; do while :; do psql -U clerq -c "select pg_sleep(600)"; sleep 0.2; done & done; wait',
			),
			compose('restart', 'app'),
			says('app', /too many clients|remaining connection slots/),
		),
	},
	{
		name: 'pg_hba.conf rejects the application',
		rare: true,
		cause: 'db-hba-rejected',
		proof: /pg_hba/,
		put: inOrder(
			inServer(
				'cd $PGDATA && cp -p pg_hba.conf pg_hba.before && sed "/^host all all all/d" pg_hba.before > pg_hba.conf',
			),
			sql('SELECT pg_reload_conf()'),
			compose('restart', 'app'),
			says('app', /pg_hba/),
		),
		undo: inOrder(inServer('cd $PGDATA && mv pg_hba.before pg_hba.conf'), sql('SELECT pg_reload_conf()')),
	},
	{
		name: 'role may not create',
		cause: 'db-privilege-missing',
		proof: /permission denied/,
		repair: 'grant-ownership',
		put: inOrder(
			sql(`CREATE ROLE clerq_small LOGIN PASSWORD 'clerq'; CREATE DATABASE clerq_small`, 'postgres'),
			edit('docker-compose.yml', text =>
				text.replace(
					/postgres:\/\/\$\{POSTGRES_USER:-clerq\}(.*)\/\$\{POSTGRES_DB:-clerq\}/,
					'postgres://clerq_small$1/clerq_small',
				),
			),
			up,
			ended('migrate'),
		),
		undo: inOrder(sql('DROP DATABASE clerq_small WITH (FORCE)', 'postgres'), sql('DROP ROLE clerq_small', 'postgres')),
	},
];
