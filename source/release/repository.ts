import type {ChangedFile, Git} from '../engine/git.js';
import {AppError} from '../errors.js';

export type RepositoryState = {
	/** Absolute path of the work tree. */
	readonly root: string;
	/** Full commit id. */
	readonly revision: string;
	/** The tag at this commit, else what `git describe` says; null without tags. */
	readonly version: string | null;
	/** Null when HEAD is detached. */
	readonly branch: string | null;
	/** For example `origin/main`; null when the branch follows nothing. */
	readonly upstream: string | null;
	/** Tracked files with changes of the user's own. Untracked files are no obstacle: overrides and env files are normal. */
	readonly localChanges: readonly string[];
	readonly untracked: readonly string[];
};

export type Incoming = {
	readonly revision: string;
	readonly version: string | null;
	readonly commits: readonly {readonly revision: string; readonly subject: string}[];
	readonly files: readonly ChangedFile[];
	/** `ahead`: a fast-forward; `behind`: older than what is here; `diverged`: the branches have gone apart. */
	readonly relation: 'ahead' | 'behind' | 'diverged';
};

/** What a folder's repository is at; undefined when the folder is in none. Throws AppError when git does not work. */
export async function readRepository(git: Git, signal?: AbortSignal): Promise<RepositoryState | undefined> {
	const inside = await git.run(['rev-parse', '--show-toplevel'], signal);
	if (inside.exitCode !== 0 && /not a git repository/i.test(inside.stderr)) return undefined;
	const root = await git.read(['rev-parse', '--show-toplevel'], signal);
	const head = await git.run(['rev-parse', 'HEAD'], signal);
	if (head.exitCode !== 0) return undefined;
	const [version, branch, upstream, status] = await Promise.all([
		optional(git, ['describe', '--tags', '--always'], signal),
		optional(git, ['symbolic-ref', '--short', '-q', 'HEAD'], signal),
		optional(git, ['rev-parse', '--abbrev-ref', '--symbolic-full-name', '@{upstream}'], signal),
		git.read(['status', '--porcelain=v1', '-z', '--untracked-files=normal'], signal),
	]);
	const entries = status.split('\0').filter(entry => entry.length > 3);
	return {
		root,
		revision: head.stdout.trim(),
		version,
		branch,
		upstream,
		localChanges: entries.filter(entry => !entry.startsWith('??')).map(entry => entry.slice(3)),
		untracked: entries.filter(entry => entry.startsWith('??')).map(entry => entry.slice(3)),
	};
}

/** Fetches, and says what an upgrade would bring. `to` is a tag, branch or commit; without it the branch's upstream. Undefined when there is nothing new. Throws AppError. */
export async function readIncoming(
	git: Git,
	state: RepositoryState,
	to: string | undefined,
	signal?: AbortSignal,
): Promise<Incoming | undefined> {
	await git.read(['fetch', '--tags', '--quiet'], signal);
	const target = to === undefined ? state.upstream : await resolveTarget(git, to, signal);
	if (target === null) {
		throw new AppError(
			'preflight-failed',
			state.branch === null
				? 'The repository is at a fixed commit, on no branch'
				: `The branch ${state.branch} follows no branch of the origin`,
			{
				hint: 'Say which release to upgrade to with --to',
				fix: ['lifeboat', 'upgrade', '--to', 'TAG'],
			},
		);
	}

	const revision = await git.read(['rev-parse', `${target}^{commit}`], signal);
	if (revision === state.revision) return undefined;
	const range = `${state.revision}..${revision}`;
	const [log, names, base, version] = await Promise.all([
		git.read(['log', '--no-merges', '--format=%H%x09%s', '--max-count=500', range], signal),
		git.read(['diff', '--name-status', '-z', '--no-renames', state.revision, revision], signal),
		optional(git, ['merge-base', state.revision, revision], signal),
		optional(git, ['describe', '--tags', '--always', revision], signal),
	]);
	const commits = log
		.split('\n')
		.filter(Boolean)
		.map(line => {
			const at = line.indexOf('\t');
			return {revision: line.slice(0, at), subject: line.slice(at + 1)};
		});
	const relation = base === state.revision ? 'ahead' : base === revision ? 'behind' : 'diverged';
	return {revision, version, commits, files: parseNameStatus(names), relation};
}

/** Text of a file at a commit; undefined when it was not there. `path` is relative to the root. */
export async function readFileAt(
	git: Git,
	revision: string,
	path: string,
	signal?: AbortSignal,
): Promise<string | undefined> {
	const result = await git.run(['show', `${revision}:${path}`], signal);
	return result.exitCode === 0 ? result.stdout : undefined;
}

function parseNameStatus(text: string): readonly ChangedFile[] {
	const parts = text.split('\0').filter(Boolean);
	return Array.from({length: Math.floor(parts.length / 2)}, (_, index) => ({
		status: (parts[index * 2] ?? 'M').charAt(0),
		path: parts[index * 2 + 1] ?? '',
	}));
}

async function resolveTarget(git: Git, to: string, signal?: AbortSignal): Promise<string> {
	// A branch of the origin is newer than the local one of the same name.
	for (const name of [`refs/tags/${to}`, `refs/remotes/origin/${to}`, to]) {
		if (
			(await git.run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`], signal)).exitCode ===
			0
		)
			return name;
	}

	throw new AppError('usage', `The repository has no tag, branch or commit ${to}`, {
		hint: 'See `git tag` for the releases',
		fix: ['git', 'tag', '--sort=-version:refname'],
	});
}

async function optional(git: Git, args: readonly string[], signal?: AbortSignal): Promise<string | null> {
	const result = await git.run(args, signal);
	return result.exitCode === 0 ? result.stdout.trim() || null : null;
}
