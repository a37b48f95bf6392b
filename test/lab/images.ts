/** How the lab gets one image: pulled where a registry answers, else built from Debian packages. */
export type ImageRecipe = {
	readonly tag: string;
	/** What `lab up --images` selects it by. */
	readonly set: 'apps' | '15' | '17' | '18' | 'extensions' | 'services';
	/** The image to pull and to call `tag`; left out where the lab's own is always built. */
	readonly pull?: string;
	/** The folder under test/lab/images with the Dockerfile. */
	readonly context: string;
	/** The tag of another recipe, or a Debian suite as `debian:SUITE`. */
	readonly base: string;
	readonly buildArgs?: Readonly<Record<string, string>>;
	/** npm packages, with versions, copied into the context as node_modules. */
	readonly npm?: readonly string[];
	/** An environment variable of the image that carries the version of an installed Debian package. */
	readonly versionVariable?: {readonly name: string; readonly package: string};
};

const node = 'lifeboat-lab/node:20';

/** Every image the lab knows, bases before what stands on them. */
export const imageRecipes: readonly ImageRecipe[] = [
	postgres('17', 'trixie', '/var/lib/postgresql/data'),
	{tag: node, set: 'apps', context: 'node', base: 'debian:trixie', npm: ['pg@8.16.3']},
	postgres('15', 'bookworm', '/var/lib/postgresql/data'),
	postgres('18', 'forky', '/var/lib/postgresql'),
	timescaledb('17'),
	timescaledb('18'),
	pgvector('17'),
	pgvector('18'),
	{
		tag: 'postgis/postgis:17-3.5',
		set: 'extensions',
		pull: 'postgis/postgis:17-3.5',
		context: 'postgis',
		base: 'postgres:17',
	},
	{tag: 'lifeboat-lab/postgres:15-newer-libc', set: '15', context: 'newer-libc', base: 'postgres:15'},
	{...service('redis:7', 'redis', 'debian:bookworm', {SERVER: 'redis'}), pull: 'redis:7'},
	{...service('valkey/valkey:8', 'redis', 'debian:trixie', {SERVER: 'valkey'}), pull: 'valkey/valkey:8'},
	service('edoburu/pgbouncer:v1.24.1-lab', 'pgbouncer', 'debian:trixie'),
	service('nats:2-lab', 'nats', 'debian:trixie'),
	{...service('registry:2', 'registry', 'debian:trixie'), pull: 'registry:2'},
	service('minio/minio:lab', 'object-store', node),
	service('traefik:lab', 'proxy', node),
];

/** The recipe of a tag. Throws when the lab has none. */
export function findRecipe(tag: string): ImageRecipe {
	const recipe = imageRecipes.find(candidate => candidate.tag === tag);
	if (recipe === undefined) {
		throw new Error(`The lab has no image ${tag}; it has ${imageRecipes.map(({tag}) => tag).join(', ')}.`);
	}
	return recipe;
}

/** From 18 on the official image keeps its data a level higher than the volume. */
function postgres(major: '15' | '17' | '18', suite: string, volume: string): ImageRecipe {
	return {
		tag: `postgres:${major}`,
		set: major,
		pull: `postgres:${major}`,
		context: 'postgres',
		base: `debian:${suite}`,
		buildArgs: {MAJOR: major, VOLUME: volume, PGDATA: Number(major) < 18 ? volume : `${volume}/${major}/docker`},
		versionVariable: {name: 'PG_VERSION', package: `postgresql-${major}`},
	};
}

function timescaledb(major: string): ImageRecipe {
	const tag = `timescale/timescaledb:latest-pg${major}`;
	return {tag, set: 'extensions', pull: tag, context: 'timescaledb', base: `postgres:${major}`};
}

function pgvector(major: string): ImageRecipe {
	const tag = `pgvector/pgvector:pg${major}`;
	const buildArgs = {PACKAGES: `postgresql-${major}-pgvector`};
	return {tag, set: 'extensions', pull: tag, context: 'extension', base: `postgres:${major}`, buildArgs};
}

function service(
	tag: string,
	context: string,
	base: string,
	buildArgs: Readonly<Record<string, string>> = {},
): ImageRecipe {
	return {tag, set: 'services', context, base, buildArgs};
}
