/** What `startStack` has to know about an application of the lab. Its files are in `stacks/<name>`. */
export type StackDefinition = {
	readonly name: string;
	/** Tags of the lab's images that it is built from or runs. */
	readonly images: readonly string[];
	readonly composeFiles: readonly string[];
	/** How releases reach the operator: by `git pull` and a build, or by `docker compose pull`. */
	readonly delivery: 'git' | 'registry';
	/** Services with an image of the application's own, built from `stacks/<name>/image`; for delivery by registry. */
	readonly ownImages?: readonly string[];
	/** What `publish` can make the newest after v1.0.0: tag to the tag it follows. */
	readonly releases: Readonly<Record<string, string>>;
	readonly database: {readonly service: string; readonly user: string; readonly name: string};
	/** The databases of the server that belong to the stack, the application's first. */
	readonly databases: readonly string[];
	/** Where the application answers; the port comes from the variable of that name in `.env`. */
	readonly health: {readonly portVariable: string; readonly path: string};
	/** Further variables of `.env` that take a free port. */
	readonly portVariables?: readonly string[];
	/** Env files by name, as an operator would have written them; `${NAME}` stands for other variables of `.env`. */
	readonly envFiles: Readonly<Record<string, Readonly<Record<string, string>>>>;
	/** The database server runs in a Compose project of its own, from `stacks/<name>/elsewhere`. */
	readonly outside?: Readonly<Record<string, string>>;
	/** A folder of the stack that is a git clone of `stacks/<name>/content`. */
	readonly contentClone?: string;
};

const clerq: StackDefinition = {
	name: 'clerq',
	images: ['postgres:17', 'lifeboat-lab/node:20'],
	composeFiles: ['docker-compose.yml'],
	delivery: 'git',
	releases: {'v1.1.0': 'v1.0.0', 'v1.2.0': 'v1.1.0', 'v1.3.0': 'v1.1.0'},
	database: {service: 'postgres', user: 'clerq', name: 'clerq'},
	databases: ['clerq'],
	health: {portVariable: 'APP_PORT', path: '/api/trpc/health.ping'},
	envFiles: {
		'.env': {
			POSTGRES_USER: 'clerq',
			POSTGRES_PASSWORD: 'clerq',
			POSTGRES_DB: 'clerq',
			BETTER_AUTH_SECRET: 'q3Zt0Vb9x1mJ8yLk2RwHd7uPs5NcAeG4oTfXiB6KvQY=',
			BETTER_AUTH_URL: 'http://localhost:${APP_PORT}',
		},
	},
};

const cronicorn: StackDefinition = {
	name: 'cronicorn',
	images: ['postgres:17', 'lifeboat-lab/node:20', 'registry:2'],
	composeFiles: ['docker-compose.yml', 'docker-compose.override.yml'],
	delivery: 'registry',
	ownImages: ['migrator', 'api', 'scheduler', 'ai-planner', 'web', 'docs'],
	releases: {'v1.1.0': 'v1.0.0', 'v1.2.0': 'v1.1.0'},
	database: {service: 'db', user: 'user', name: 'db'},
	databases: ['db'],
	health: {portVariable: 'PORT', path: '/api/health'},
	portVariables: ['WEB_PORT'],
	envFiles: {
		'.env': {
			COMPOSE_PROJECT_NAME: '${PROJECT}',
			IMAGE_REGISTRY: '${REGISTRY}',
			POSTGRES_USER: 'user',
			POSTGRES_PASSWORD: 'password',
			POSTGRES_DB: 'db',
			BETTER_AUTH_SECRET: 'c0N7vRz2kQ9wXe4LtY6bHs8mPf1uJd3GaKi5oZrTyUE=',
			BETTER_AUTH_URL: 'http://localhost:${PORT}',
		},
	},
};

const tracearr: StackDefinition = {
	name: 'tracearr',
	images: ['timescale/timescaledb:latest-pg17', 'redis:7', 'lifeboat-lab/node:20', 'registry:2'],
	composeFiles: ['docker-compose.yml'],
	delivery: 'registry',
	ownImages: ['tracearr'],
	releases: {'v1.1.0': 'v1.0.0'},
	database: {service: 'timescale', user: 'tracearr', name: 'tracearr'},
	databases: ['tracearr'],
	health: {portVariable: 'PORT', path: '/health'},
	envFiles: {
		'.env': {
			COMPOSE_PROJECT_NAME: '${PROJECT}',
			IMAGE_REGISTRY: '${REGISTRY}',
			DB_PASSWORD: 'tr4c3-P0stgr3s',
			JWT_SECRET: '8c1f64e0a9d34b7f9a51c5be20d77d1b6a3e9f5c4472d8803fbe1a6d92c7e054',
			COOKIE_SECRET: '1d7be3925fa84c06b0f9e8d35c6a7142906bd2f8e1c34a75bd093e6f7a8c5d21',
		},
	},
};

const avnology: StackDefinition = {
	name: 'avnology',
	images: [
		...['postgres:17', 'lifeboat-lab/node:20', 'registry:2', 'edoburu/pgbouncer:v1.24.1-lab', 'valkey/valkey:8'],
		...['nats:2-lab', 'minio/minio:lab', 'traefik:lab'],
	],
	composeFiles: ['docker-compose.traefik.yml'],
	delivery: 'registry',
	ownImages: ['migrate', 'api', 'kratos', 'hydra', 'keto'],
	releases: {'v1.1.0': 'v1.0.0'},
	database: {service: 'postgres', user: 'avnology', name: 'avnology'},
	databases: ['avnology', 'hydra', 'keto', 'kratos'],
	health: {portVariable: 'HTTP_PORT', path: '/healthz'},
	envFiles: {
		'.env': {
			IMAGE_REGISTRY: '${REGISTRY}',
			AVNOLOGY_VERSION: '1.0.0',
			POSTGRES_PASSWORD: 'Avn0l0gy-primary-7731',
			KRATOS_DB_PASSWORD: 'kratos-5519',
			HYDRA_DB_PASSWORD: 'hydra-8842',
			KETO_DB_PASSWORD: 'keto-3307',
			MINIO_ROOT_PASSWORD: 'min10-root-6620',
			SESSION_SECRET: 'Zk8vW1qRt5yLx3nBc7mHp9sDf2gJa4Ke6TuXoViYwQE=',
			KRATOS_SECRETS_COOKIE: 'a4Tn9rWq2LzXv6Bk8mYs1Hd5Gf3Jc7Pe',
			HYDRA_SECRETS_SYSTEM: 'e7Jc3Gf5Hd1Ys8mBk6XvLz2Wq9rTn4aP',
		},
	},
};

const everworks: StackDefinition = {
	name: 'everworks',
	images: ['postgres:17', 'lifeboat-lab/node:20'],
	composeFiles: ['docker-compose.yml'],
	delivery: 'git',
	releases: {'v1.1.0': 'v1.0.0'},
	database: {service: 'pg', user: 'ever', name: 'ever_works'},
	databases: ['ever_works'],
	health: {portVariable: 'WEB_PORT', path: '/api/health'},
	outside: {DATABASE_PASSWORD: 'ever-s3cret/2026'},
	contentClone: '.content',
	envFiles: {
		'.env': {DATABASE_NETWORK: '${PROJECT}-elsewhere_shared'},
		'.env.local': {
			DATABASE_URL: 'postgres://ever:ever-s3cret%2F2026@db.everworks.internal:5432/ever_works',
			AUTH_SECRET: 'Yp3kV9sLq7RzW1xTn5bMc8hJd2gFa6Ee4UoXiBuKyQt=',
			DATA_REPOSITORY: '${CONTENT_ORIGIN}',
			DB_POOL_SIZE: '10',
		},
	},
};

const definitions = {clerq, cronicorn, tracearr, avnology, everworks} as const;

export type StackName = keyof typeof definitions;

export const stackNames: readonly StackName[] = ['clerq', 'cronicorn', 'tracearr', 'avnology', 'everworks'];

export function findDefinition(name: StackName): StackDefinition {
	return definitions[name];
}
