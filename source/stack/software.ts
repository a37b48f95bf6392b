import type {ModelService} from './compose-model.js';
import {parseImageReference} from './image-reference.js';

/**
 * What infrastructure a service is, told by its image, never by the name of an application.
 * `other-database` is a server that is not PostgreSQL; `engine` is its name for people.
 */
export type SoftwareKind =
	| 'cache'
	| 'pooler'
	| 'object-store'
	| 'proxy'
	| 'other-database'
	| 'queue'
	| 'search'
	| 'monitoring'
	| 'exporter'
	| 'admin'
	| 'backup'
	| 'mail'
	| 'utility';

export type Software = {readonly kind: SoftwareKind; readonly engine: string; readonly text: string};

type SoftwareRule = {
	readonly kind: SoftwareKind;
	readonly engine: string;
	/** Tried on the last part of the image's path. */
	readonly repository: RegExp;
	/** Tried on the whole path where the last part says too little. */
	readonly path?: RegExp;
};

const rules: readonly SoftwareRule[] = [
	{kind: 'pooler', engine: 'PgBouncer', repository: /pg-?bouncer/},
	{
		kind: 'pooler',
		engine: 'a connection pooler',
		repository: /^(?:pgcat|pgdog|supavisor|odyssey|pgpool.*|pgpool-?ii)$/,
	},
	{
		kind: 'backup',
		engine: 'a backup tool',
		repository: /backup|^(?:restic|borg|borgmatic|rclone|pgbackweb|kopia|duplicati)\b/,
	},
	{kind: 'exporter', engine: 'an exporter', repository: /exporter$|^(?:pg)?exporter|^pghero$/},
	{
		kind: 'admin',
		engine: 'a database console',
		repository:
			/^(?:pgadmin\d?|adminer|pgweb|phpmyadmin|mongo-express|dbgate|cloudbeaver|redis-?commander|redisinsight|redis-stack-insight)$/,
	},
	{
		kind: 'cache',
		engine: 'Redis',
		repository:
			/^(?:redis|redis-(?:stack|stack-server|cluster|sentinel|alpine)|docker-redis|redis-\d+)$|^redis[-_](?!exporter|commander|insight)[\w-]*$/,
	},
	{kind: 'cache', engine: 'Valkey', repository: /^valkey(?:-.*)?$/},
	{kind: 'cache', engine: 'a Redis-compatible store', repository: /^(?:keydb|dragonfly|dragonflydb|garnet|kvrocks)$/},
	{kind: 'cache', engine: 'Memcached', repository: /^memcached(?:-.*)?$/},
	{
		kind: 'object-store',
		engine: 'an object store',
		repository:
			/^(?:minio|aistor|seaweedfs|rustfs|garage|zenko|cloudserver|s3proxy|azurite|fake-gcs-server|versitygw|s3mock|blobstore|moto|localstack|ceph|silo)$/,
	},
	{kind: 'other-database', engine: 'MySQL', repository: /^(?:mysql|mysql-server|percona(?:-server)?)$/},
	{kind: 'other-database', engine: 'MariaDB', repository: /^mariadb(?:-.*)?$/},
	{
		kind: 'other-database',
		engine: 'MongoDB',
		repository: /^(?:mongo|mongodb|mongodb-community-server|percona-server-mongodb)$/,
	},
	{kind: 'other-database', engine: 'CockroachDB', repository: /^cockroach(?:db)?$/},
	{kind: 'other-database', engine: 'YugabyteDB', repository: /^yugabyte(?:db)?$/},
	{kind: 'other-database', engine: 'ClickHouse', repository: /clickhouse(?:-server)?$/},
	{
		kind: 'other-database',
		engine: 'SQL Server',
		repository: /^(?:mssql|server|azure-sql-edge)$/,
		path: /mssql|azure-sql-edge/,
	},
	{kind: 'other-database', engine: 'Cassandra', repository: /^(?:cassandra|scylla)$/},
	{kind: 'other-database', engine: 'InfluxDB', repository: /^influxdb\d?$/},
	{
		kind: 'other-database',
		engine: 'Neo4j',
		repository: /^(?:neo4j|arangodb|dgraph|orientdb|surrealdb|couchdb|rethinkdb|questdb|victoria-metrics|etcd)$/,
	},
	{kind: 'other-database', engine: 'a vector store', repository: /^(?:qdrant|weaviate|milvus|chroma|chromadb)$/},
	{
		kind: 'queue',
		engine: 'a message queue',
		repository:
			/^(?:rabbitmq|kafka|cp-kafka|cp-zookeeper|zookeeper|redpanda|console|nats|nats-streaming|activemq.*|emqx|eclipse-mosquitto|mosquitto|pulsar|nsq)$/,
		path: /rabbitmq|kafka|zookeeper|redpanda|nats|activemq|emqx|mosquitto|pulsar|nsq/,
	},
	{
		kind: 'search',
		engine: 'a search index',
		repository:
			/^(?:elasticsearch|elasticsearch-oss|opensearch|meilisearch|typesense|solr|manticore|sonic|zinc|quickwit)$/,
	},
	{
		kind: 'proxy',
		engine: 'a web proxy',
		repository:
			/^(?:nginx|openresty|traefik|caddy|haproxy|envoy|httpd|apache|swag|cloudflared|squid|ngrok|acme-companion|letsencrypt-nginx-proxy-companion|docker-socket-proxy|pomerium|zoraxy)(?:[-_](?:unprivileged|proxy|proxy-manager|proxy-acme|docker-proxy|alpine|l4|\w{2,8}))?$/,
	},
	{
		kind: 'monitoring',
		engine: 'monitoring',
		repository:
			/^(?:prometheus|grafana|grafana-oss|loki|promtail|jaeger|all-in-one|opentelemetry-collector(?:-contrib)?|otel-collector|cadvisor|node-exporter|alertmanager|tempo|vector|fluentd|fluent-bit|telegraf|zipkin|dozzle|watchtower|autoheal|diun|statsd)$/,
		path: /prom|grafana|loki|jaeger|otel|opentelemetry|cadvisor|exporter|alertmanager|tempo|vector|fluent|telegraf|zipkin|dozzle|watchtower|autoheal|diun|statsd/,
	},
	{
		kind: 'mail',
		engine: 'a mail server',
		repository:
			/^(?:mailhog|mailpit|mailcatcher|smtp4dev|inbucket|maildev|smtp|postfix|docker-postfix|exim4?|mailslurper|boky|docker-mailserver)$/,
		path: /mail|smtp|postfix|exim|boky|inbucket/,
	},
	{
		kind: 'utility',
		engine: 'a utility image',
		repository: /^(?:busybox|alpine|debian|ubuntu|bash|mc|curl|awscli|aws-cli|git)$/,
	},
];

/** The infrastructure that an image is known for; undefined for applications and for what is built here. */
export function findSoftware(service: ModelService): Software | undefined {
	if (service.image === null) return undefined;
	const {repository, path} = parseImageReference(service.image);
	const rule = rules.find(candidate => candidate.repository.test(repository) && (candidate.path?.test(path) ?? true));
	return rule && {kind: rule.kind, engine: rule.engine, text: `image ${path} is ${rule.engine}`};
}
