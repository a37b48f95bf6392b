import type {Match} from './cause.js';
import {surroundings} from './match.js';
import {isLoopback} from './pattern.js';
import type {View} from './view.js';

export type Target = 'database' | 'cache' | 'other' | 'unknown';

const databaseName =
	/^(?:[\w-]*[-_])?(?:db|pg|pgsql|postgres\w*|postgresql|database|timescale\w*|postgis|pgvector|pgbouncer)(?:[-_.\d][\w.-]*)?$/i;
const cacheName = /(?:redis|valkey|keydb|dragonfly|memcached|broker|cache)/i;
const databaseWords =
	/postgres|psql|\bpg\b|pg-pool|pg-protocol|pgx|psycopg|asyncpg|sqlalchemy|postgrex|jdbc|hikari|typeorm|sequelize|knex|drizzle|prisma|ActiveRecord|django\.db|gorm|sqlx|libpq|npgsql|\bDATABASE\b|PDO|doctrine|ecto/i;
const cacheWords = /redis|valkey|celery|bullmq|sidekiq|kombu|predis|lettuce|jedis/i;

/** What a connection error is about: the database, the cache, something else that is not ours to judge, or not to be told. */
export function findTarget(match: Match, view: View): Target {
	const {host} = match.captures;
	const port = Number(match.captures['port'] ?? Number.NaN);
	const service = view.services.find(other => other.service === host || other.aliases.includes(host ?? ''));
	if (service?.role === 'database' || service?.role === 'pooler') return 'database';
	if (service?.role === 'cache') return 'cache';
	const connection = view.connections.find(
		other => other.host !== null && other.host === host && (!port || !other.port || other.port === port),
	);
	if (connection) return connection.kind;
	if (port === 6379 || port === 6380) return 'cache';
	if ((port >= 5430 && port <= 5444) || port === 6432) return 'database';
	if (host && !isLoopback(host)) {
		if (databaseName.test(host)) return 'database';
		if (cacheName.test(host)) return 'cache';
		if (otherName.test(host)) return 'other';
	}

	if (port && view.connections.some(other => other.kind === 'database' && other.port === port)) return 'database';
	if (port && knownElsewhere.has(port)) return 'other';
	if (!host && !port && namesHost.test(surroundings(match, 8, 8))) return 'other';
	const near = surroundings(match);
	if (cacheWords.test(near) && !/postgres|psycopg|prisma/i.test(near)) return 'cache';
	if (databaseWords.test(near)) return isPublicHost(host) && !port ? 'other' : 'database';
	if (isPublicHost(host)) return 'other';
	return 'unknown';
}

/** A line near a bare error that names the host: that line decides. */
const namesHost =
	/(?:ECONNREFUSED|connection refused|dial tcp|Can't reach|connect to|getaddrinfo|address)[^\n]*?\b[\w.-]+\W{1,3}\d{2,5}\b|getaddrinfo E\w+ [\w.-]+|translate host name "|server running on (?:that )?host "|hostname: /i;
const otherName =
	/minio|s3|rabbit|kafka|elastic|opensearch|meili|typesense|clickhouse|mongo|mysql|maria|smtp|mail|nginx|traefik|caddy|keycloak|ollama|qdrant|weaviate|zookeeper|nats|temporal|imgproxy|tika|gotenberg|chrome|browser|loki|grafana|prometheus|jaeger|otel|influx|^api$|^backend$|^frontend$|^web$/i;

/** Ports of services that a database error is never about. */
const knownElsewhere = new Set([
	25, 53, 80, 443, 465, 587, 993, 1025, 1883, 2375, 2376, 3000, 3306, 4317, 4318, 5672, 7700, 8000, 8080, 8086, 8123,
	8443, 8888, 9000, 9090, 9092, 9200, 11211, 11434, 15672, 27017,
]);

/** A name with a dot that is not an address: somebody else's server, a mail host, an API. */
export function isPublicHost(host: string | undefined): boolean {
	return (
		host !== undefined &&
		/[a-z]/i.test(host) &&
		host.includes('.') &&
		!isLoopback(host) &&
		!/\.(?:local|internal|lan|docker)$/i.test(host)
	);
}

/** The address of a refused connection is loopback. */
export function meansLoopback(match: Match): boolean {
	return isLoopback(match.captures['host']) || isLoopback(match.captures['address']);
}
