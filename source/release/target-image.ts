/** Suffixes of tags that name a distribution which newer majors may not be built for any more, with what is tried instead. */
const newerDistributions: readonly (readonly [old: RegExp, instead: readonly string[]])[] = [
	[/^-(?:stretch|buster|bullseye)$/, ['-bookworm', '']],
	[/^-alpine3\.\d+$/, ['-alpine']],
];
const distribution = /^(?:alpine(?:3\.\d+)?|bookworm|trixie|bullseye|buster)$/;

/**
 * References of the same kind of image for another major of PostgreSQL, the likeliest first: registry, repository and suffix stay, a minor version and
 * a digest go. Empty when the reference does not show where its major stands.
 */
export function imagesForMajor(reference: string, major: number): readonly string[] {
	const [plain = ''] = reference.split('@');
	const [, name = plain, tag] = /^(.*?)(?::([^:/]*))?$/.exec(plain) ?? [];
	const repository = name.split('/').at(-1) ?? '';
	const isServerVersion = /^(?:postgres|postgresql|postgis|pgautoupgrade)$/.test(repository);

	if (tag === undefined || tag === 'latest') return isServerVersion ? [`${name}:${major}`] : [];
	if (isServerVersion && distribution.test(tag)) return suffixes(`-${tag}`).map(suffix => `${name}:${major}${suffix}`);
	const marked = /((?:^|[^a-z])(?:pg|postgres(?:ql)?)[-_]?)v?\d{1,2}(?:\.\d+)*/i;
	if (marked.test(tag)) return [`${name}:${tag.replace(marked, `$1${major}`)}`];
	const named = /((?:pg|postgres(?:ql)?|postgis|timescaledb)[-_]?)\d{1,2}$/;
	if (named.test(repository)) return [`${name.replace(named, `$1${major}`)}:${tag}`];
	const leading = /^v?\d{1,2}(?:\.\d+)*(-.*)?$/.exec(tag);
	if (!isServerVersion || leading === null) return [];
	const suffix = leading[1] ?? '';
	const rest = repository === 'postgis' ? postgisSuffixes(suffix, major) : suffixes(suffix);
	return rest.map(one => `${name}:${major}${one}`);
}

function suffixes(suffix: string): readonly string[] {
	const instead = newerDistributions.find(([old]) => old.test(suffix))?.[1] ?? [];
	return [suffix, ...instead];
}

/** postgis/postgis names its own version after the server's: images of 18 begin with PostGIS 3.6. */
function postgisSuffixes(suffix: string, major: number): readonly string[] {
	const next = suffix.replace(/^-3\.\d+/, '-3.6');
	return major >= 18 && next !== suffix ? [next, suffix] : [suffix];
}

/**
 * Where a volume must be mounted for an image: from 18 on the official image keeps its data in a folder per version below `/var/lib/postgresql`
 * (docker-library/postgres PR 1259). A folder that is neither of the two, or a PGDATA that the stack sets itself, stays.
 * @param pgdata of the image, where it is known.
 */
export function mountTargetFor(
	major: number,
	current: string,
	options: {readonly ownPgdata: string | null; readonly pgdata: string | null},
): string {
	const isOfficial = /^\/var\/lib\/postgresql(?:\/data)?\/?$/.test(current);
	if (!isOfficial || options.ownPgdata !== null) return current;
	const pgdata = options.pgdata ?? (major >= 18 ? `/var/lib/postgresql/${major}/docker` : '/var/lib/postgresql/data');
	return /^\/var\/lib\/postgresql\/\d+\//.test(pgdata) ? '/var/lib/postgresql' : pgdata;
}
