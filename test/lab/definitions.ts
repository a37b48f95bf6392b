/** What `startStack` has to know about an application of the lab. Its files are in `stacks/<name>/repository`. */
export type StackDefinition = {
	readonly name: string;
	/** Tags of the lab's images that it is built from or runs. */
	readonly images: readonly string[];
	readonly composeFiles: readonly string[];
	/** Releases that `publish` can make the origin's newest: tag to the tag it follows. Their files lie in `stacks/<name>/releases`. */
	readonly releases?: Readonly<Record<string, string>>;
	readonly database: {readonly service: string; readonly user: string; readonly name: string};
	/** Where the application answers; the port comes from the variable of that name in `.env`. */
	readonly health: {readonly portVariable: string; readonly path: string};
	/** The content of `.env` as an operator would have written it; ports are added. */
	readonly env: Readonly<Record<string, string>>;
	/** Further variables of `.env` that take a free port. */
	readonly portVariables?: readonly string[];
};

const clerq: StackDefinition = {
	name: 'clerq',
	images: ['postgres:17', 'lifeboat-lab/node:20'],
	composeFiles: ['docker-compose.yml'],
	releases: {'v1.1.0': 'v1.0.0', 'v1.2.0': 'v1.1.0', 'v1.3.0': 'v1.1.0'},
	database: {service: 'postgres', user: 'clerq', name: 'clerq'},
	health: {portVariable: 'APP_PORT', path: '/api/trpc/health.ping'},
	env: {
		POSTGRES_USER: 'clerq',
		POSTGRES_PASSWORD: 'clerq',
		POSTGRES_DB: 'clerq',
		BETTER_AUTH_SECRET: 'q3Zt0Vb9x1mJ8yLk2RwHd7uPs5NcAeG4oTfXiB6KvQY=',
		BETTER_AUTH_URL: 'http://localhost:${APP_PORT}',
	},
};

const definitions = {clerq} as const;

export type StackName = keyof typeof definitions;

export const stackNames = Object.keys(definitions) as readonly StackName[];

export function findDefinition(name: StackName): StackDefinition {
	return definitions[name];
}
