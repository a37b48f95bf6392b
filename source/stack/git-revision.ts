import type {Processes} from '../engine/types.js';

export type GitRevision = {
	/** Full hash of HEAD. */
	readonly revision: string;
	/** Null when HEAD is detached. */
	readonly branch: string | null;
	/** True when tracked files differ from HEAD. */
	readonly dirty: boolean;
	/** Where it was cloned from, without credentials; null when there is no remote. */
	readonly remote: string | null;
};

/** Revision of the clone that a stack's directory belongs to; null when it is none, when git is missing or refuses to look (another owner). */
export async function readGitRevision(
	processes: Pick<Processes, 'run'>,
	directory: string,
	signal?: AbortSignal,
): Promise<GitRevision | null> {
	const git = async (...args: readonly string[]) => {
		const result = await processes.run('git', ['-C', directory, '--no-optional-locks', ...args], {
			signal,
			timeoutMs: 20_000,
		});
		return result.exitCode === 0 ? result.stdout.trim() : undefined;
	};
	try {
		const revision = await git('rev-parse', '--verify', 'HEAD');
		if (revision === undefined) return null;
		const branch = await git('symbolic-ref', '--quiet', '--short', 'HEAD');
		const changes = await git('status', '--porcelain', '--untracked-files=no');
		const remote = await git('config', '--get', 'remote.origin.url');
		return {
			revision,
			branch: branch ?? null,
			dirty: changes !== '',
			remote: remote === undefined ? null : withoutCredentials(remote),
		};
	} catch (error) {
		if (signal?.aborted) throw error;
		return null;
	}
}

/** `https://token@host/path` holds a secret; `git@host:path` holds none. */
function withoutCredentials(remote: string): string {
	return remote.replace(/^(https?:\/\/)[^/@]*@/, '$1');
}
