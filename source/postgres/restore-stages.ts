import type {ArchiveEntry, ArchiveToc} from './archive.js';
import type {PostgresClient} from './client.js';

/*
 * Left alone, pg_restore adds a foreign key of a partitioned table before the partitions are filled, and the server then looks up every row one by one;
 * after all rows it is checked in one go, several times as fast. And it refreshes materialized views when all else is done, on one processor of many.
 * So several jobs restore in stages: definitions; rows, and all else as soon as its table is full; foreign keys, and materialized views beside them; then
 * what waits for either. Within a stage pg_restore itself keeps apart what would lock the same tables; between the two that run beside each other nothing does.
 */

type Stage = 'rows' | 'keys' | 'views' | 'last';

/** Kinds of entries from behind the data; all others are restored with the rows. */
const kinds: Readonly<Record<Exclude<Stage, 'rows'>, readonly string[]>> = {
	keys: ['FK CONSTRAINT'],
	views: ['MATERIALIZED VIEW DATA'],
	// An event trigger would fire at what is created after it. A comment may be on a foreign key.
	last: ['EVENT TRIGGER', 'COMMENT', 'SECURITY LABEL'],
};

/** Stages that are over before a stage begins. */
const before: Readonly<Record<Stage, readonly Stage[]>> = {
	rows: [],
	keys: ['rows'],
	views: ['rows'],
	last: ['rows', 'keys', 'views'],
};

/** File descriptors of the lists of entries. */
const lists: Readonly<Record<Stage, number>> = {rows: 4, keys: 5, views: 6, last: 7};

/**
 * Ids of the entries that must come last although their kind would come earlier: they need something of a stage that is not over by then, as
 * the statistics of a materialized view need its rows.
 */
export function findLate({entries}: Pick<ArchiveToc, 'entries'>): readonly number[] {
	const after = entries.filter(entry => entry.isPostData || entry.kind === 'ACL');
	const stages = new Map(after.map(entry => [entry.id, stageOf(entry)]));
	const late = new Set<number>();
	const mustWait = ({id, dependencies}: ArchiveEntry) => {
		const own = stages.get(id) ?? 'last';
		return dependencies.some(dependency => {
			const other = stages.get(dependency);
			return other !== undefined && other !== own && !before[own].includes(other);
		});
	};
	let found: readonly ArchiveEntry[];
	do {
		found = after.filter(mustWait);
		for (const {id} of found) stages.set(id, 'last');
		for (const {id} of found) late.add(id);
	} while (found.length > 0);
	return [...late];
}

function stageOf({kind}: ArchiveEntry): Stage {
	for (const [stage, own] of Object.entries(kinds)) if (own.includes(kind)) return stage as Stage;
	return 'rows';
}

/** First arguments of a script made by `inStages`. Keys are checked after all is granted, when only a superuser may read every row for certain: others restore in one go. */
export function stageArguments(client: PostgresClient, jobs: number, toc: ArchiveToc): readonly string[] {
	if (!client.facts.superuser || jobs < 2) return ['whole', '', ''];
	return ['stages', `--jobs=${Math.floor(jobs / 2)}`, findLate(toc).join('|') || 'none'];
}

/**
 * Shell commands that restore an archive which can be read again and again, with the arguments of `stageArguments`, then those of pg_restore.
 * What is granted comes with the rows, where pg_restore grants after all else: an index may call a function that its table's owner may not call any more.
 */
export function inStages(archive: string): string {
	const {rows, keys, views, last} = lists;
	const behind = Object.values(kinds).flat();
	return `
mode="$1" half="$2" late="$3"
shift 3
restore() { pg_restore "--dbname=$LIFEBOAT_DATABASE" --no-password "$@" ${archive} </dev/null; }
contents() { pg_restore --list --section="$1" ${archive} </dev/null; }
list() { list="$(mktemp "\${TMPDIR:-/tmp}/lifeboat.XXXXXX")" && eval "exec $1<>\\"\\$list\\"" && rm -f "$list"; }
listed() { [ ! -s "/dev/fd/$1" ] || { fd="$1"; shift; restore "--use-list=/dev/fd/$fd" "$@"; }; }
choose() { grep -E "$@" || [ "$?" -eq 1 ]; }
of_kind() { choose $2 "^[0-9]+; [0-9]+ [0-9]+ ($1) "; }
if [ "$mode" = stages ] && [ -d /proc/self/fd ]; then
	${Object.values(lists)
		.map(fd => `list ${fd}`)
		.join(' && ')} || exit 120
	before="$(contents pre-data)" && contents data >&${rows} && after="$(contents post-data)" || exit 1
	punctual="$(printf '%s\\n' "$after" | choose -v "^($late);")" &&
		printf '%s\\n' "$before" | of_kind ACL >&${rows} &&
		printf '%s\\n' "$punctual" | of_kind '${behind.join('|')}' -v >&${rows} &&
		printf '%s\\n' "$punctual" | of_kind '${kinds.keys.join('|')}' >&${keys} &&
		printf '%s\\n' "$punctual" | of_kind '${kinds.views.join('|')}' >&${views} &&
		printf '%s\\n' "$punctual" | of_kind '${kinds.last.join('|')}' >&${last} &&
		printf '%s\\n' "$after" | choose "^($late);" >&${last} || exit 120
	restore --section=pre-data --no-acl "$@" && listed ${rows} "$@" || exit
	[ -s /dev/fd/${keys} ] && [ -s /dev/fd/${views} ] || half=
	listed ${keys} "$@" \${half:+"$half"} &
	keys=$!
	listed ${views} "$@" \${half:+"$half"}
	code=$?
	wait "$keys"
	keys=$?
	[ "$code" -eq 0 ] || exit "$code"
	[ "$keys" -eq 0 ] || exit "$keys"
	listed ${last} "$@"
else
	restore "$@"
fi
`;
}
