/** Parts of an image reference such as `docker.io/library/postgres:16-alpine@sha256:…`. */
export type ImageReference = {
	/** Without registry and tag: `library/postgres`, `timescale/timescaledb`. */
	readonly path: string;
	/** Last part of the path: `timescaledb`. */
	readonly repository: string;
	/** Parts before it, registry included; empty for an official image. */
	readonly namespace: string;
	readonly tag: string | null;
	readonly digest: string | null;
};

/** Splits an image reference; a registry's port is not taken for a tag. */
export function parseImageReference(reference: string): ImageReference {
	const [name = '', digest] = reference.split('@');
	const [, withoutTag = name, tag] = /^(.*?)(?::([^:/]*))?$/.exec(name) ?? [];
	const parts = withoutTag.toLowerCase().split('/');
	const hasRegistry = parts.length > 1 && /[.:]|^localhost$/.test(parts[0] ?? '');
	const path = parts.slice(hasRegistry ? 1 : 0);
	return {
		path: path.join('/'),
		repository: path.at(-1) ?? '',
		namespace: path
			.slice(0, -1)
			.join('/')
			.replace(/^library$/, ''),
		tag: tag ?? null,
		digest: digest ?? null,
	};
}

/** True for a reference that may mean another image tomorrow: no tag, `latest` and their like, and no digest. */
export function isUnpinned(reference: string): boolean {
	const {tag, digest} = parseImageReference(reference);
	if (digest !== null) return false;
	return (
		tag === null ||
		/^(?:latest|stable|main|master|edge|nightly|release|alpine|slim|bookworm|trixie|bullseye)(?:-[a-z]+)?$/.test(tag)
	);
}
