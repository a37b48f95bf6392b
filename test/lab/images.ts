/** How the lab gets one image: pulled where a registry answers, else built from Debian packages. */
export type ImageRecipe = {
	readonly tag: string;
	/** What `lab up --images` selects it by. */
	readonly set: string;
	/** The image to pull and to call `tag`; left out where the lab's own is always built. */
	readonly pull?: string;
	/** The folder under test/lab/images with the Dockerfile. */
	readonly context: string;
	/** The tag of another recipe, or a Debian suite as `debian:SUITE`. */
	readonly base: string;
	readonly buildArgs?: Readonly<Record<string, string>>;
	/** npm packages, with versions, copied into the context as node_modules. */
	readonly npm?: readonly string[];
};

const postgresData = '/var/lib/postgresql/data';

/** Every image the lab knows, bases before what stands on them. */
export const imageRecipes: readonly ImageRecipe[] = [
	postgres('17', 'trixie'),
	{tag: 'lifeboat-lab/node:20', set: 'apps', context: 'node', base: 'debian:trixie', npm: ['pg@8.16.3']},
	postgres('15', 'bookworm'),
	postgres('18', 'forky', {PGDATA: '/var/lib/postgresql/18/docker', VOLUME: '/var/lib/postgresql'}),
];

/** The recipe of a tag. Throws when the lab has none. */
export function findRecipe(tag: string): ImageRecipe {
	const recipe = imageRecipes.find(candidate => candidate.tag === tag);
	if (recipe === undefined) {
		throw new Error(`The lab has no image ${tag}; it has ${imageRecipes.map(({tag}) => tag).join(', ')}.`);
	}
	return recipe;
}

function postgres(major: string, suite: string, places?: Readonly<Record<string, string>>): ImageRecipe {
	return {
		tag: `postgres:${major}`,
		set: major,
		pull: `postgres:${major}-${suite === 'forky' ? 'trixie' : suite}`,
		context: 'postgres',
		base: `debian:${suite}`,
		buildArgs: {MAJOR: major, ...(places ?? {PGDATA: postgresData, VOLUME: postgresData})},
	};
}
