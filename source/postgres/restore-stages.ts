import type {ArchiveEntry, ArchiveToc} from './archive.js';
import type {PostgresClient} from './client.js';

/*
 * Left alone, pg_restore adds a foreign key of a partitioned table before the partitions are filled, and the server then looks up every row one by one;
 * after all rows it is checked in one go, several times as fast. And it refreshes materialized views when all else is done, on one processor of many.
 * So several jobs restore in stages: definitions; rows, and each index as soon as its table is full; foreign keys, and beside them all else; then what waits for either.
 */

/** First words of the kinds of entries; what has none of them is `others`. */
const kinds = {
	rows: ['INDEX', 'CONSTRAINT'],
	keys: ['FK'],
	// An event trigger would fire at what is created after it. A comment may be on a foreign key.
	last: ['EVENT', 'COMMENT', 'SECURITY'],
} as const;

type Stage = keyof typeof kinds | 'others';

/** Stages that are over before a stage begins. */
const before: Readonly<Record<Stage, readonly Stage[]>> = {
	rows: [],
	keys: ['rows'],
	others: ['rows'],
	last: ['rows', 'keys', 'others'],
};

/** File descriptors of the lists of entries. */
const lists = {rows: 4, keys: 5, others: 6, last: 7} as const;

/**
 * Ids of the entries that must come last although their kind would come earlier: they need something of a stage that is not over by then. (An index on
 * a materialized view that is grouped by a primary key: the view itself waits for the key, so it is created after the rows.)
 */
export function findLate({entries}: Pick<ArchiveToc, 'entries'>): readonly number[] {
	const after = entries.filter(entry => entry.isPostData);
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
	const [word = ''] = kind.split(' ');
	for (const [stage, words] of Object.entries(kinds)) if (words.some(one => one === word)) return stage as Stage;
	return 'others';
}

/**
 * First arguments of a script made by `inStages`. What is granted comes with the definitions, so that only a superuser may still load rows for certain:
 * others restore in one go. Two programs run beside each other in one stage: each with half of the jobs.
 */
export function stageArguments(client: PostgresClient, jobs: number, toc: ArchiveToc): readonly string[] {
	if (!client.facts.superuser || jobs < 2) return ['whole', '', ''];
	return ['stages', `--jobs=${Math.ceil(jobs / 2)}`, ` ${findLate(toc).join(' ')} `];
}

/** Shell commands that restore an archive which can be read again and again, with the arguments of `stageArguments`, then those of pg_restore. */
export function inStages(archive: string): string {
	const cases = Object.entries(kinds).map(
		([stage, words]) => `${words.join(' | ')}) echo "$id" >&${lists[stage as Stage]} ;;`,
	);
	return `
mode="$1" half="$2" late="$3"
shift 3
restore() { pg_restore "--dbname=$LIFEBOAT_DATABASE" --no-password "$@" ${archive} </dev/null; }
contents() { pg_restore --list --section="$1" ${archive} </dev/null; }
list() { list="$(mktemp "\${TMPDIR:-/tmp}/lifeboat.XXXXXX")" && eval "exec $1<>\\"\\$list\\"" && rm -f "$list"; }
listed() { [ ! -s "/dev/fd/$1" ] || { fd="$1"; shift; restore --section=post-data "--use-list=/dev/fd/$fd" "$@"; }; }
if [ "$mode" = stages ] && [ -d /proc/self/fd ]; then
	${Object.values(lists)
		.map(fd => `list ${fd}`)
		.join(' && ')} || exit 120
	contents data >&${lists.rows} && after="$(contents post-data)" || exit 1
	printf '%s\\n' "$after" | while read -r id _ _ kind _; do
		id="\${id%;}"
		[ -n "$id" ] || continue
		case "$late" in *" $id "*) kind="${kinds.last[0]}" ;; esac
		case "$kind" in ${cases.join(' ')} *) echo "$id" >&${lists.others} ;; esac || exit 1
	done || exit 120
	restore --section=pre-data "$@" && restore --section=data --section=post-data --use-list=/dev/fd/${lists.rows} "$@" || exit
	listed ${lists.keys} "$@" "$half" &
	keys=$!
	listed ${lists.others} "$@" "$half"
	code=$?
	wait "$keys"
	keys=$?
	[ "$code" -eq 0 ] || exit "$code"
	[ "$keys" -eq 0 ] || exit "$keys"
	listed ${lists.last} "$@"
else
	restore "$@"
fi
`;
}
