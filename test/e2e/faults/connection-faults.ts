import {mkdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {run} from '../../lab/run.js';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';
import {broken, ended, inCompose, inOrder, inServer, override, setEnv, sql, up} from './steps.js';

/** A service that takes the server's own certificate. */
const trusting = {environment: {NODE_EXTRA_CA_CERTS: '/tls/server.crt'}, volumes: ['./tls:/tls:ro']};

/** The connection string: where it leads and what stands in it. */
export const connectionFaults: readonly Fault[] = [
	{
		name: 'host localhost',
		cause: 'db-host-localhost',
		proof: /127\.0\.0\.1|::1|localhost/,
		repair: 'use-service-host',
		put: inOrder(inCompose('@postgres:5432', '@localhost:5432'), up, ended('migrate')),
	},
	{
		name: 'published port inside of the network',
		cause: 'db-port-wrong',
		proof: /5433/,
		repair: 'use-container-port',
		put: inOrder(inCompose('@postgres:5432', '@postgres:5433'), up, ended('migrate')),
	},
	{
		name: 'host name mistyped',
		cause: 'db-host-unresolvable',
		proof: /postgress/,
		repair: 'repair-host-name',
		put: inOrder(inCompose('@postgres:5432', '@postgress:5432'), up, ended('migrate')),
	},
	{
		name: 'application in another network',
		cause: 'db-network-mismatch',
		service: 'app',
		proof: /_front; postgres is in /,
		repair: 'join-network',
		put: inOrder(override({services: {app: {networks: ['front']}}, networks: {front: {}}}), up, broken('app')),
	},
	{
		name: 'database does not exist',
		cause: 'db-name-missing',
		proof: /clerq_prod/,
		repair: 'create-database',
		put: inOrder(setEnv('POSTGRES_DB', 'clerq_prod'), up, ended('migrate')),
		undo: sql('DROP DATABASE IF EXISTS clerq_prod WITH (FORCE)', 'postgres'),
	},
	{
		name: 'DATABASE_URL empty',
		cause: 'db-url-missing',
		proof: /DATABASE_URL is not set/,
		repair: 'set-database-url',
		put: inOrder(override({services: {app: {environment: {DATABASE_URL: ''}}}}), up, broken('app')),
	},
	{
		name: 'no password in the connection string',
		rare: true,
		cause: 'db-password-missing',
		proof: /password/,
		repair: 'set-database-url',
		put: inOrder(inCompose(/:\$\{POSTGRES_PASSWORD:-clerq\}@/, '@'), up, ended('migrate')),
	},
	{
		name: 'TLS demanded of a server without it',
		cause: 'db-ssl-unsupported',
		proof: /does not support SSL|ssl/i,
		repair: 'disable-client-tls',
		put: inOrder(
			inCompose(':5432/${POSTGRES_DB:-clerq}', ':5432/${POSTGRES_DB:-clerq}?sslmode=require'),
			up,
			ended('migrate'),
		),
	},
	{
		name: 'server that takes encrypted connections alone',
		rare: true,
		cause: 'db-ssl-required',
		proof: /with TLS the server lets it in/,
		notBeside: ['db-hba-rejected', 'db-auth-failed'],
		repair: 'require-client-tls',
		put: inOrder(certify, override({services: {app: trusting, migrate: trusting}}), up, ended('migrate')),
		undo: inOrder(
			inServer('cd $PGDATA && mv pg_hba.before pg_hba.conf'),
			sql('ALTER SYSTEM RESET ssl'),
			sql('SELECT pg_reload_conf()'),
			inServer('rm -f $PGDATA/server.crt $PGDATA/server.key'),
			bench => rm(join(bench.directory, 'tls'), {recursive: true, force: true}),
		),
	},
	{
		name: 'reserved characters in the password, not encoded in the URL',
		cause: 'db-url-malformed',
		proof: /percent|Invalid URL|reserved/i,
		repair: 'encode-password',
		put: inOrder(
			sql(`ALTER ROLE clerq PASSWORD 'p@ss/w#rd'`),
			setEnv('POSTGRES_PASSWORD', `'p@ss/w#rd'`),
			up,
			ended('migrate'),
		),
		undo: sql(`ALTER ROLE clerq PASSWORD 'clerq'`),
	},
	{
		name: 'dollar in the password, eaten by Compose',
		cause: 'env-value-garbled',
		proof: /\$|POSTGRES_PASSWORD/,
		repair: 'unquote-value',
		put: inOrder(
			sql(`ALTER ROLE clerq PASSWORD 'hunter$et9x'`),
			setEnv('POSTGRES_PASSWORD', 'hunter$et9x'),
			up,
			ended('migrate'),
		),
		undo: sql(`ALTER ROLE clerq PASSWORD 'clerq'`),
	},
];

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
		'cp /tmp/tls/server.* $PGDATA/ && chown postgres:postgres $PGDATA/server.* && chmod 600 $PGDATA/server.key && cd $PGDATA && cp -p pg_hba.conf pg_hba.before && sed "s/^host all all all/hostssl all all all/" pg_hba.before > pg_hba.conf',
	)(bench);
	await bench.sql('ALTER SYSTEM SET ssl = on');
	await bench.sql('SELECT pg_reload_conf()');
	// Node of another user reads the certificate alone.
	await rm(key);
}
