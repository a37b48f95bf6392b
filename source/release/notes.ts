const names =
	/^(?:changelog|changes|history|news|releases?|release[-_]notes|upgrad(?:e|ing))(?:\.(?:md|markdown|txt|rst|adoc))?$/i;

/** Is this file (in the root or in docs/) one with release notes? */
export function isReleaseNotes(path: string): boolean {
	const parts = path.split('/');
	return (
		names.test(parts.at(-1) ?? '') && (parts.length === 1 || (parts.length === 2 && /^docs?$/i.test(parts[0] ?? '')))
	);
}

/** The lines that are new between two versions of the file: what somebody who upgrades has not read. At most `limit` lines. */
export function findNewNotes(before: string | undefined, after: string, limit = 60): readonly string[] {
	const known = new Set((before ?? '').split(/\r?\n/).map(line => line.trim()));
	const fresh = after
		.split(/\r?\n/)
		.map(line => line.trimEnd())
		.filter(line => line.trim() !== '' && !known.has(line.trim()));
	return fresh.length <= limit ? fresh : [...fresh.slice(0, limit), `… ${fresh.length - limit} more lines`];
}
