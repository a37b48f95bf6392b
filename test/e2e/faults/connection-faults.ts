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
