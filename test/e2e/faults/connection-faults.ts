import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import {type Fault, inUrl} from './fault.js';

/** The connection string: where it leads and what stands in it. */
export const connectionFaults: readonly Fault[] = [
	{
		name: 'host localhost',
		cause: 'db-host-localhost',
		proof: /127\.0\.0\.1|::1|localhost/,
		fix: 'use-service-host',
		applied: true,
		async put(bench) {
			await bench.edit('docker-compose.yml', inUrl('@postgres:5432', '@localhost:5432'));
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
	},
	{
		name: 'published port inside of the network',
		cause: 'db-port-wrong',
		proof: /5433/,
		fix: 'use-container-port',
		applied: true,
		async put(bench) {
			await bench.edit('docker-compose.yml', inUrl('@postgres:5432', '@postgres:5433'));
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
	},
	{
		name: 'host name mistyped',
		cause: 'db-host-unresolvable',
		proof: /postgress/,
		fix: 'repair-host-name',
		applied: true,
		async put(bench) {
			await bench.edit('docker-compose.yml', inUrl('@postgres:5432', '@postgress:5432'));
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
	},
	{
		name: 'application in another network',
		cause: 'db-network-mismatch',
		service: 'app',
		proof: /_front; postgres is in /,
		fix: 'join-network',
		applied: true,
		async put(bench) {
			await bench.override({services: {app: {networks: ['front']}}, networks: {front: {}}});
			await bench.compose('up', '-d');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'database does not exist',
		cause: 'db-name-missing',
		proof: /clerq_prod/,
		fix: 'create-database',
		applied: true,
		async put(bench) {
			await bench.setEnv('POSTGRES_DB', 'clerq_prod');
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await bench.sql('DROP DATABASE IF EXISTS clerq_prod WITH (FORCE)', 'postgres');
		},
	},
	{
		name: 'DATABASE_URL empty',
		cause: 'db-url-missing',
		proof: /DATABASE_URL is not set/,
		fix: 'set-database-url',
		applied: true,
		async put(bench) {
			await bench.override({services: {app: {environment: {DATABASE_URL: ''}}}});
			await bench.compose('up', '-d');
			await bench.untilBroken('app');
		},
	},
	{
		name: 'no password in the connection string',
		rare: true,
		cause: 'db-password-missing',
		proof: /password/,
		fix: 'set-database-url',
		applied: true,
		async put(bench) {
			await bench.edit('docker-compose.yml', text => text.replace(/:\$\{POSTGRES_PASSWORD:-clerq\}@/, () => '@'));
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
	},
	{
		name: 'TLS demanded of a server without it',
		cause: 'db-ssl-unsupported',
		proof: /does not support SSL|ssl/i,
		fix: 'disable-client-tls',
		applied: true,
		async put(bench) {
			await bench.edit(
				'docker-compose.yml',
				inUrl(':5432/${POSTGRES_DB:-clerq}', ':5432/${POSTGRES_DB:-clerq}?sslmode=require'),
			);
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
	},
	{
		name: 'server that takes encrypted connections alone',
		rare: true,
		cause: 'db-ssl-required',
		proof: /with TLS the server lets it in/,
		notBeside: ['db-hba-rejected', 'db-auth-failed'],
		fix: 'require-client-tls',
		applied: true,
		async put(bench) {
			await certify(bench);
			const trusted = {environment: {NODE_EXTRA_CA_CERTS: '/tls/server.crt'}, volumes: ['./tls:/tls:ro']};
			await bench.override({services: {app: trusted, migrate: trusted}});
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await inServer(bench, 'cd $PGDATA && mv pg_hba.before pg_hba.conf');
			await bench.sql('ALTER SYSTEM RESET ssl');
			await bench.sql('SELECT pg_reload_conf()');
			await inServer(bench, 'rm -f $PGDATA/server.crt $PGDATA/server.key');
			await rm(join(bench.directory, 'tls'), {recursive: true, force: true});
		},
	},
	{
		name: 'reserved characters in the password, not encoded in the URL',
		cause: 'db-url-malformed',
		proof: /percent|Invalid URL|reserved/i,
		fix: 'encode-password',
		applied: true,
		async put(bench) {
			await bench.sql(`ALTER ROLE clerq PASSWORD 'p@ss/w#rd'`);
			await bench.setEnv('POSTGRES_PASSWORD', `'p@ss/w#rd'`);
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await bench.sql(`ALTER ROLE clerq PASSWORD 'clerq'`);
		},
	},
	{
		name: 'dollar in the password, eaten by Compose',
		cause: 'env-value-garbled',
		proof: /\$|POSTGRES_PASSWORD/,
		fix: 'unquote-value',
		applied: true,
		async put(bench) {
			await bench.sql(`ALTER ROLE clerq PASSWORD 'hunter$et9x'`);
			await bench.setEnv('POSTGRES_PASSWORD', 'hunter$et9x');
			await bench.compose('up', '-d');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await bench.sql(`ALTER ROLE clerq PASSWORD 'clerq'`);
		},
	},
];

const inServer = (bench: Bench, script: string) => bench.compose('exec', '-T', 'postgres', 'sh', '-c', script);

/** Gives the server a certificate for its name and lets it refuse whoever comes without TLS. */
async function certify(bench: Bench): Promise<void> {
	const folder = join(bench.directory, 'tls');
	await mkdir(folder);
	const [key, certificate] = [join(folder, 'server.key'), join(folder, 'server.crt')];
	await run([
		...['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=postgres'],
		...['-addext', 'subjectAltName=DNS:postgres', '-keyout', key, '-out', certificate],
	]);
	await bench.compose('cp', folder, 'postgres:/tmp/tls');
	await inServer(
		bench,
		'cp /tmp/tls/server.* $PGDATA/ && chown postgres:postgres $PGDATA/server.* && chmod 600 $PGDATA/server.key && cd $PGDATA && cp -p pg_hba.conf pg_hba.before && sed "s/^host all all all/hostssl all all all/" pg_hba.before > pg_hba.conf',
	);
	await bench.sql('ALTER SYSTEM SET ssl = on');
	await bench.sql('SELECT pg_reload_conf()');
	// Node of another user reads the certificate alone.
	await rm(key);
}
