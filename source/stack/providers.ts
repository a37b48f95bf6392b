/** A company that runs PostgreSQL for others, told by the host name. */
export type Provider = {
	readonly id: string;
	readonly name: string;
	/** What its own backups offer, in one sentence; plans differ, so it is a pointer, not a promise. */
	readonly ownBackups: string;
	/** Its pooled addresses, through which a dump must not run. */
	readonly poolerHost?: RegExp;
};

type ProviderRule = Provider & {readonly host: RegExp};

const rules: readonly ProviderRule[] = [
	{
		id: 'neon',
		name: 'Neon',
		host: /\.neon\.(?:tech|build)$/,
		ownBackups: 'Point-in-time restore by branches, within the history window of the plan',
		poolerHost: /-pooler\./,
	},
	{
		id: 'supabase',
		name: 'Supabase',
		host: /\.(?:supabase\.(?:co|com|net)|pooler\.supabase\.com)$/,
		ownBackups: 'Daily backups on paid plans, point-in-time recovery as an add-on',
		poolerHost: /\.pooler\.supabase\.com$/,
	},
	{
		id: 'rds',
		name: 'Amazon RDS',
		host: /\.rds\.amazonaws\.com(?:\.cn)?$/,
		ownBackups: 'Automated snapshots with point-in-time recovery, 1 to 35 days',
		poolerHost: /\.proxy-/,
	},
	{
		id: 'redshift',
		name: 'Amazon Redshift',
		host: /\.redshift\.amazonaws\.com$/,
		ownBackups: 'Automated snapshots; pg_dump does not work on Redshift',
	},
	{
		id: 'cloud-sql',
		name: 'Google Cloud SQL',
		host: /\.sql\.goog$|^\/cloudsql\//,
		ownBackups: 'Automated backups, point-in-time recovery when enabled',
	},
	{
		id: 'alloydb',
		name: 'Google AlloyDB',
		host: /\.alloydb(?:-psc)?\.goog$/,
		ownBackups: 'Continuous backup with point-in-time recovery',
	},
	{
		id: 'azure',
		name: 'Azure Database for PostgreSQL',
		host: /\.postgres(?:\.cosmos)?\.(?:database\.)?azure\.com$|\.postgres\.database\.(?:chinacloudapi\.cn|usgovcloudapi\.net)$/,
		ownBackups: 'Automated backups with point-in-time restore, 7 to 35 days',
	},
	{
		id: 'digitalocean',
		name: 'DigitalOcean Managed Databases',
		host: /\.(?:db|databases)\.ondigitalocean\.com$/,
		ownBackups: 'Daily backups with point-in-time recovery of 7 days',
	},
	{
		id: 'aiven',
		name: 'Aiven',
		host: /\.(?:aivencloud\.com|aiven\.io)$/,
		ownBackups: 'Daily backups with point-in-time recovery within the plan',
	},
	{
		id: 'railway',
		name: 'Railway',
		host: /\.(?:railway\.(?:app|internal)|rlwy\.net)$/,
		ownBackups: 'Volume backups, manual or by schedule, on paid plans',
	},
	{
		id: 'render',
		name: 'Render',
		host: /\.(?:[a-z]+-)?postgres\.render\.com$/,
		ownBackups: 'Point-in-time recovery on paid plans',
	},
	{
		id: 'fly',
		name: 'Fly.io',
		host: /\.(?:flycast|fly\.dev)$|\.flympg\.net$/,
		ownBackups: 'Volume snapshots; managed Postgres has backups of its own',
	},
	{
		id: 'timescale',
		name: 'Timescale Cloud',
		host: /\.(?:tsdb\.cloud\.timescale\.com|timescaledb\.io)$/,
		ownBackups: 'Point-in-time recovery within the plan',
	},
	{
		id: 'crunchy',
		name: 'Crunchy Bridge',
		host: /\.(?:postgresbridge|db\.postgresbridge)\.com$/,
		ownBackups: 'Continuous backups with point-in-time recovery',
	},
	{
		id: 'scaleway',
		name: 'Scaleway',
		host: /\.(?:rdb\.[\w-]+\.scw\.cloud|pg\.sdb\.[\w-]+\.scw\.cloud|rdb\.scw\.cloud)$/,
		ownBackups: 'Automated logical backups and snapshots',
	},
	{
		id: 'ovh',
		name: 'OVHcloud',
		host: /\.database\.cloud\.ovh\.net$/,
		ownBackups: 'Daily backups with point-in-time recovery within the plan',
	},
	{id: 'linode', name: 'Akamai (Linode)', host: /\.linodedb\.net$|\.g2a\.akamaidb\.net$/, ownBackups: 'Daily backups'},
	{id: 'vultr', name: 'Vultr', host: /\.vultrdb\.com$/, ownBackups: 'Daily backups with point-in-time recovery'},
	{
		id: 'ibm',
		name: 'IBM Cloud Databases',
		host: /\.databases\.appdomain\.cloud$/,
		ownBackups: 'Daily backups with point-in-time recovery',
	},
	{
		id: 'oracle',
		name: 'OCI Database with PostgreSQL',
		host: /\.postgresql\.[\w-]+\.oc1\.oraclecloud\.com$/,
		ownBackups: 'Scheduled snapshots',
	},
	{
		id: 'elephantsql',
		name: 'ElephantSQL',
		host: /\.(?:db\.)?elephantsql\.com$/,
		ownBackups: 'None: the service has ended',
	},
	{
		id: 'cockroach',
		name: 'CockroachDB Cloud',
		host: /\.cockroachlabs\.cloud$/,
		ownBackups: 'Managed backups; it is no PostgreSQL, and pg_dump does not work',
	},
	{id: 'xata', name: 'Xata', host: /\.xata\.(?:sh|tech)$/, ownBackups: 'Branches and backups within the plan'},
	{id: 'nile', name: 'Nile', host: /\.(?:db\.)?thenile\.dev$/, ownBackups: 'Backups within the plan'},
	{
		id: 'prisma',
		name: 'Prisma Postgres',
		host: /\.prisma(?:-data)?\.(?:io|net)$/,
		ownBackups: 'Daily snapshots within the plan',
	},
	{
		id: 'host',
		name: "this machine's own PostgreSQL",
		host: /^host\.(?:docker|containers|lima)\.internal$|^172\.17\.0\.1$/,
		ownBackups: 'None that is known',
	},
];

/** Who runs the PostgreSQL at a host; undefined for a host of nobody known. */
export function findProvider(host: string): Provider | undefined {
	const name = host.toLowerCase().replace(/\.$/, '');
	return rules.find(rule => rule.host.test(name));
}

/** True for an address that goes through the provider's pooler: dumps need the direct one. */
export function isProviderPooler(host: string): boolean {
	return findProvider(host)?.poolerHost?.test(host.toLowerCase()) ?? false;
}
