import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.js';
import {exitCodeOf, reportTroubles} from '../../source/flows/troubleshoot-report.js';
import {evidenceOf, service} from './evidence-of.js';

const running = {state: 'running', exitCode: 0, oomKilled: false, restartCount: 0};

const firstStart = `The files belonging to this database system will be owned by user "postgres".
This user must also own the server process.

The database cluster will be initialized with locale "en_US.utf8".
Data page checksums are disabled.

fixing permissions on existing directory /var/lib/postgresql/data ... ok
creating subdirectories ... ok
selecting dynamic shared memory implementation ... posix
selecting default max_connections ... 100
selecting default shared_buffers ... 128MB
running bootstrap script ... ok
performing post-bootstrap initialization ... ok
initdb: warning: enabling "trust" authentication for local connections
initdb: hint: You can change this by editing pg_hba.conf or using the option -A, or --auth-local and --auth-host, the next time you run initdb.
syncing data to disk ... ok

Success. You can now start the database server using:

    pg_ctl -D /var/lib/postgresql/data -l logfile start

waiting for server to start....2026-06-01 10:00:01.100 UTC [48] LOG:  starting PostgreSQL 17.4 (Debian 17.4-1.pgdg120+2) on x86_64-pc-linux-gnu
2026-06-01 10:00:01.110 UTC [48] LOG:  listening on Unix socket "/var/run/postgresql/.s.PGSQL.5432"
2026-06-01 10:00:01.130 UTC [51] LOG:  database system was shut down at 2026-06-01 10:00:00 UTC
2026-06-01 10:00:01.140 UTC [48] LOG:  database system is ready to accept connections
 done
server started
CREATE DATABASE

/usr/local/bin/docker-entrypoint.sh: sourcing /docker-entrypoint-initdb.d/10-extensions.sh
CREATE EXTENSION
waiting for server to shut down....2026-06-01 10:00:02.100 UTC [48] LOG:  received fast shutdown request
2026-06-01 10:00:02.110 UTC [48] LOG:  aborting any active transactions
2026-06-01 10:00:02.120 UTC [48] LOG:  background worker "logical replication launcher" (PID 54) exited with exit code 1
2026-06-01 10:00:02.130 UTC [49] LOG:  shutting down
2026-06-01 10:00:02.300 UTC [48] LOG:  database system is shut down
 done
server stopped

PostgreSQL init process complete; ready for start up.

2026-06-01 10:00:02.500 UTC [1] LOG:  starting PostgreSQL 17.4 (Debian 17.4-1.pgdg120+2) on x86_64-pc-linux-gnu
2026-06-01 10:00:02.510 UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432
2026-06-01 10:00:02.520 UTC [64] LOG:  database system was shut down at 2026-06-01 10:00:02 UTC
2026-06-01 10:00:02.540 UTC [1] LOG:  database system is ready to accept connections
2026-06-01 10:05:02.600 UTC [62] LOG:  checkpoint starting: time
2026-06-01 10:05:06.700 UTC [62] LOG:  checkpoint complete: wrote 44 buffers (0.3%); 0 WAL file(s) added, 0 removed, 0 recycled`;

const afterPowerCut = `
PostgreSQL Database directory appears to contain a database; Skipping initialization

2026-06-02 07:00:00.100 UTC [1] LOG:  starting PostgreSQL 16.9 on x86_64-pc-linux-musl
2026-06-02 07:00:00.110 UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432
2026-06-02 07:00:00.130 UTC [29] LOG:  database system was interrupted; last known up at 2026-06-02 06:41:11 UTC
2026-06-02 07:00:00.400 UTC [30] FATAL:  the database system is starting up
2026-06-02 07:00:00.900 UTC [29] LOG:  database system was not properly shut down; automatic recovery in progress
2026-06-02 07:00:00.910 UTC [29] LOG:  redo starts at 0/1A2B3C4
2026-06-02 07:00:00.920 UTC [29] LOG:  invalid record length at 0/1A2B4F8: expected at least 24, got 0
2026-06-02 07:00:00.930 UTC [29] LOG:  redo done at 0/1A2B4C0
2026-06-02 07:00:01.000 UTC [1] LOG:  database system is ready to accept connections
2026-06-02 07:10:44.210 UTC [93] LOG:  could not receive data from client: Connection reset by peer
2026-06-02 07:10:44.211 UTC [93] LOG:  unexpected EOF on client connection with an open transaction
2026-06-02 07:12:00.000 UTC [95] LOG:  could not send data to client: Broken pipe
2026-06-02 07:12:00.001 UTC [95] FATAL:  connection to client lost
2026-06-02 07:13:09.000 UTC [99] ERROR:  duplicate key value violates unique constraint "users_email_key"
2026-06-02 07:13:09.000 UTC [99] DETAIL:  Key (email)=(a@example.org) already exists.
2026-06-02 07:13:10.000 UTC [99] ERROR:  canceling statement due to user request`;

const redis = `1:C 01 Jun 2026 10:00:00.000 # WARNING Memory overcommit must be enabled! Without it, a background save or replication may fail under low memory condition.
1:C 01 Jun 2026 10:00:00.000 * oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo
1:C 01 Jun 2026 10:00:00.000 # Warning: no config file specified, using the default config.
1:M 01 Jun 2026 10:00:00.010 * Server initialized
1:M 01 Jun 2026 10:00:00.010 * RDB memory usage when created 0.90 Mb
1:M 01 Jun 2026 10:00:00.010 * DB loaded from disk: 0.000 seconds
1:M 01 Jun 2026 10:00:00.010 * Ready to accept connections tcp
1:M 01 Jun 2026 10:05:00.000 * Background saving started by pid 21
21:C 01 Jun 2026 10:05:00.010 * DB saved on disk
1:M 01 Jun 2026 10:05:00.100 * Background saving terminated with success`;

const applications: Record<string, string> = {
	'Next.js with better-auth': `> shop@1.0.0 start
> next start
   ▲ Next.js 15.3.1
   - Local:        http://localhost:3000
   - Network:      http://0.0.0.0:3000
 ✓ Starting...
 ✓ Ready in 512ms
[warn] metadataBase property in metadata export is not set for resolving social open graph images, using "http://localhost:3000"
(node:1) [DEP0040] DeprecationWarning: The \`punycode\` module is deprecated.`,
	'NestJS and TypeORM': `[Nest] 1  - 06/01/2026, 10:00:03 AM     LOG [NestFactory] Starting Nest application...
[Nest] 1  - 06/01/2026, 10:00:03 AM     LOG [InstanceLoader] TypeOrmCoreModule dependencies initialized +52ms
query: SELECT * FROM "information_schema"."tables" WHERE "table_schema" = 'public' AND "table_name" = 'migrations'
No migrations are pending
[Nest] 1  - 06/01/2026, 10:00:03 AM     LOG [NestApplication] Nest application successfully started +3ms`,
	'Prisma one-shot and server': `Prisma schema loaded from prisma/schema.prisma
Datasource "db": PostgreSQL database "shop", schema "public" at "db:5432"
12 migrations found in prisma/migrations
No pending migrations to apply.
┌─────────────────────────────────────────────────────────┐
│  Update available 6.2.0 -> 6.8.0                        │
└─────────────────────────────────────────────────────────┘
Server listening on http://0.0.0.0:4000`,
	'a retry that worked (Go)': `2026/06/01 10:00:00 dial tcp 172.18.0.2:5432: connect: connection refused, retry in 1s
2026/06/01 10:00:01 failed to connect to \`host=db user=shop database=shop\`: server error (FATAL: the database system is starting up (SQLSTATE 57P03))
2026/06/01 10:00:02 connected to database
2026/06/01 10:00:02 applied 0 migrations, schema is current
2026/06/01 10:00:02 listening on :8080`,
	Django: `Operations to perform:
  Apply all migrations: admin, auth, contenttypes, sessions
Running migrations:
  No migrations to apply.
[2026-06-01 10:00:05 +0000] [1] [INFO] Starting gunicorn 23.0.0
[2026-06-01 10:00:05 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)
[2026-06-01 10:00:05 +0000] [8] [INFO] Booting worker with pid: 8
Not Found: /favicon.ico
Bad Request: /api/orders/`,
	Rails: `=> Booting Puma
=> Rails 8.0.2 application starting in production
* Listening on http://0.0.0.0:3000
I, [2026-06-01T10:00:06.000000 #1]  INFO -- : [c0ffee] Started GET "/up" for 127.0.0.1 at 2026-06-01 10:00:06 +0000
I, [2026-06-01T10:00:06.000000 #1]  INFO -- : [c0ffee] Completed 200 OK in 1ms (ActiveRecord: 0.0ms)
ActionController::RoutingError (No route matches [GET] "/wp-login.php"):`,
	'Spring Boot and Flyway': `2026-06-01T10:00:04.000Z  INFO 1 --- [main] com.zaxxer.hikari.HikariDataSource       : HikariPool-1 - Start completed.
2026-06-01T10:00:04.100Z  INFO 1 --- [main] o.f.core.internal.command.DbValidate     : Successfully validated 31 migrations (execution time 00:00.041s)
2026-06-01T10:00:04.200Z  INFO 1 --- [main] o.f.core.internal.command.DbMigrate      : Schema "public" is up to date. No migration necessary.
2026-06-01T10:00:06.000Z  WARN 1 --- [main] JpaBaseConfiguration$JpaWebConfiguration : spring.jpa.open-in-view is enabled by default.
2026-06-01T10:00:07.000Z  INFO 1 --- [main] com.example.Shop                         : Started Shop in 4.2 seconds`,
	Phoenix: `10:00:03.000 [info] Migrations already up
10:00:04.000 [info] Running ShopWeb.Endpoint with Bandit 1.6.0 at :::4000 (http)
10:00:04.001 [info] Access ShopWeb.Endpoint at https://shop.example.org`,
	Laravel: `INFO  Nothing to migrate.
INFO  Configuration cached successfully.
NOTICE: fpm is running, pid 1
NOTICE: ready to handle connections
172.18.0.5 -  01/Jun/2026:10:00:00 +0000 "GET /index.php" 200`,
	'an app with a failing mail server': `{"level":30,"time":1780000000000,"msg":"Server listening at http://0.0.0.0:3000"}
{"level":50,"time":1780000001000,"msg":"mail could not be sent","err":{"type":"Error","message":"getaddrinfo ENOTFOUND smtp.example.org","code":"ENOTFOUND","hostname":"smtp.example.org"}}
{"level":50,"time":1780000002000,"msg":"webhook failed","err":{"message":"connect ECONNREFUSED 192.0.2.10:443","code":"ECONNREFUSED","address":"192.0.2.10","port":443}}`,
	'an app without some of its options': `[warn] OPENAI_API_KEY is not set, assistant features are disabled
[warn] SENTRY_DSN is not set
SMTP_HOST not configured, mails go to the console
STRIPE_SECRET_KEY is not set; billing is disabled
READ_DATABASE_URL is not set, falling back to DATABASE_URL
listening on :8080`,
	Celery: `[2026-06-01 10:00:05,000: INFO/MainProcess] Connected to redis://redis:6379/0
[2026-06-01 10:00:06,000: INFO/MainProcess] celery@worker ready.
[2026-06-01 10:01:06,000: ERROR/ForkPoolWorker-1] Task shop.tasks.sync[1] raised unexpected: ValueError('price must be positive')`,
	'Java with a warning about the driver': `10:00:01 WARN  Loading class \`com.mysql.jdbc.Driver'. This is deprecated.
10:00:02 INFO  HHH000412: Hibernate ORM core version 6.5.2
10:00:03 INFO  Quarkus 3.15 started in 2.1s. Listening on: http://0.0.0.0:8080`,
};

describe('a healthy stack has no finding', () => {
	it.each(Object.entries(applications))('%s', (_name, log) => {
		const evidence = evidenceOf({
			services: [
				service('web', 'app', log, running),
				service('db', 'database', firstStart, {...running, health: 'healthy'}),
				service('redis', 'cache', redis, running),
				service('migrate', 'migrate', 'No pending migrations to apply.', {state: 'exited', exitCode: 0}),
			],
			compose: [
				'time="2026-06-01T10:00:00Z" level=warning msg="compose.yml: the attribute `version` is obsolete, it will be ignored"',
				' Container shop-db-1  Healthy',
				' Container shop-web-1  Started',
				'WARN[0000] The "UID" variable is not set. Defaulting to a blank string.',
			],
		});
		expect(diagnose(evidence).map(({cause, evidence: lines}) => ({cause, lines}))).toEqual([]);
		const report = reportTroubles(evidence);
		expect(report.ok).toBe(true);
		expect(exitCodeOf(report)).toBe(0);
	});

	it.each([
		['a first start', firstStart],
		['a start after a power cut', afterPowerCut],
	])('PostgreSQL: %s', (_name, log) => {
		expect(
			diagnose(evidenceOf({services: [service('db', 'database', log, running)]})).map(({cause, evidence: lines}) => ({
				cause,
				lines,
			})),
		).toEqual([]);
	});

	it('scanners at a published port, while the application is well', () => {
		const scans = `${firstStart}
2026-06-01 11:00:00.000 UTC [200] FATAL:  password authentication failed for user "postgres"
2026-06-01 11:00:00.000 UTC [200] DETAIL:  Role "postgres" does not exist.
2026-06-01 11:00:07.000 UTC [201] FATAL:  unsupported frontend protocol 0.0: server supports 3.0 to 3.0
2026-06-01 11:00:09.000 UTC [202] LOG:  invalid length of startup packet`;
		const evidence = evidenceOf({
			services: [
				service('web', 'app', 'listening on :8080', {...running, health: 'healthy'}),
				service('db', 'database', scans, {...running, health: 'healthy'}),
			],
		});
		expect(diagnose(evidence).map(({cause, evidence: lines}) => ({cause, lines}))).toEqual([]);
	});

	it('a hand that typed psql as root', () => {
		const log = `${firstStart}\n2026-06-01 11:00:00.000 UTC [200] FATAL:  role "root" does not exist`;
		const services = [service('web', 'app', 'listening on :8080', running), service('db', 'database', log, running)];
		expect(diagnose(evidenceOf({services}))).toEqual([]);
	});

	it('settings that look odd, but work', () => {
		const evidence = evidenceOf({
			services: [
				service('web', 'app', 'listening on :8080', {
					...running,
					environment: {DB_HOST: 'localhost', DATABASE_URL: 'postgres://app:***@127.0.0.1:5433/app', AUTH_SECRET: ''},
				}),
			],
			envFiles: [{path: '.env', exists: true, findings: [{line: 3, kind: 'comment', variable: 'A', message: null}]}],
		});
		expect(diagnose(evidence).map(({cause, evidence: lines}) => ({cause, lines}))).toEqual([]);
	});

	it('a profile that is not in use, and a service that was stopped in the ordinary way', () => {
		const evidence = evidenceOf({
			services: [
				service('web', 'app', 'listening on :8080', running),
				service('tools', 'other', '', {state: 'absent'}),
				service('worker', 'worker', 'SIGTERM received, bye', {state: 'exited', exitCode: 143}),
			],
			envFiles: [{path: '.env', exists: false}],
		});
		expect(reportTroubles(evidence)).toMatchObject({ok: true, findings: [], unexplained: []});
	});

	it('a table that was not there yet at the first start, long ago', () => {
		const log = `LOG:  database system is ready to accept connections
2026-06-01 10:00:03.000 UTC [70] ERROR:  relation "jobs" does not exist at character 15
2026-06-01 10:00:04.000 UTC [70] ERROR:  relation "jobs" does not exist at character 15`;
		const stack = (collectedAt: string) =>
			evidenceOf({
				services: [service('web', 'app', 'listening on :8080', running), service('db', 'database', log, running)],
				collectedAt,
			});
		expect(diagnose(stack('2026-06-01T12:00:00Z'))).toEqual([]);
		expect(diagnose(stack('2026-06-01T10:00:05Z'))[0]?.cause).toBe('migration-not-applied');
	});
});

it('an application that calls itself healthy is believed no more than its own errors', () => {
	const log = 'listening on :8080\nerror: relation "orders" does not exist';
	const services = [service('web', 'app', log, {...running, health: 'healthy'})];
	expect(diagnose(evidenceOf({services}))[0]?.cause).toBe('migration-not-applied');
});
