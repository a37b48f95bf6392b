import {randomUUID} from 'node:crypto';
import {link, open, readFile, rename, stat, unlink, utimes} from 'node:fs/promises';
import * as z from 'zod';
import {AppError} from '../errors.js';
import {checkLiveness, currentProcess} from './process-identity.js';

/** Held while one operation works on a stack. */
export interface Lock {
	/** Gives it back. Never throws. */
	release(): Promise<void>;
}

const holderSchema = z.object({
	tag: z.string(),
	pid: z.number(),
	host: z.string(),
	title: z.string(),
	startedAt: z.string(),
});
type Holder = z.infer<typeof holderSchema>;

const heartbeatMs = 30_000;
/** Where the holder's process cannot be looked at (another machine or container), silence this long means that it is gone. */
const silentAfterMs = 10 * 60_000;
const attempts = 20;

/**
 * Takes a lock, which is a file that names its process. The lock of a process that is gone is taken over, so a crash blocks nobody.
 * Throws operation-under-way, which says what runs and where.
 * @param title what is done, for whoever finds the lock taken: `Restore of clerq`.
 */
export async function takeLock(path: string, title: string): Promise<Lock> {
	const own = currentProcess();
	const holder: Holder = {tag: own.tag, pid: own.pid, host: own.host, title, startedAt: new Date().toISOString()};
	for (let attempt = 0; attempt < attempts; attempt++) {
		if (await createLock(path, holder)) return hold(path, own.tag);
		const other = await readHolder(path);
		if (other === undefined) continue;
		if (await isHeld(path, other)) throw underWay(other);
		await removeStale(path, other);
	}

	throw new AppError('operation-under-way', `The lock ${path} cannot be taken: others take it all the time`, {
		hint: 'Try again in a moment',
	});
}

/** What holds the lock; undefined when nothing that lives does. */
export async function readLock(path: string): Promise<{readonly title: string; readonly pid: number} | undefined> {
	const holder = await readHolder(path);
	return holder !== undefined && (await isHeld(path, holder)) ? holder : undefined;
}

/** A hard link appears with its whole content or not at all, and never replaces another's. */
async function createLock(path: string, holder: Holder): Promise<boolean> {
	const temporary = `${path}.${randomUUID().slice(0, 8)}.new`;
	const handle = await open(temporary, 'wx', 0o600);
	try {
		await handle.writeFile(JSON.stringify(holder));
	} finally {
		await handle.close();
	}

	try {
		await link(temporary, path);
		return true;
	} catch (error) {
		if (codeOf(error) === 'EEXIST') return false;
		throw error;
	} finally {
		await unlink(temporary);
	}
}

function hold(path: string, tag: string): Lock {
	const beat = setInterval(() => {
		utimes(path, new Date(), new Date()).catch(() => {});
	}, heartbeatMs);
	beat.unref();
	return {
		async release() {
			clearInterval(beat);
			try {
				if ((await readHolder(path))?.tag === tag) await unlink(path);
			} catch {
				// Whoever comes next sees that this process is gone.
			}
		},
	};
}

async function readHolder(path: string): Promise<Holder | undefined> {
	try {
		const parsed = holderSchema.safeParse(JSON.parse(await readFile(path, 'utf8')));
		return parsed.success ? parsed.data : unknownHolder;
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return undefined;
		if (error instanceof SyntaxError) return unknownHolder;
		throw error;
	}
}

const unknownHolder: Holder = {tag: '', pid: 0, host: '', title: 'An operation', startedAt: ''};

async function isHeld(path: string, holder: Holder): Promise<boolean> {
	const liveness = checkLiveness(holder.tag);
	if (liveness !== 'unknown') return liveness === 'alive';
	try {
		return Date.now() - (await stat(path)).mtimeMs < silentAfterMs;
	} catch {
		return false;
	}
}

/** Moves the stale lock aside first: of two that come at once, one finds it gone and neither removes the other's new lock. */
async function removeStale(path: string, stale: Holder): Promise<void> {
	const aside = `${path}.${randomUUID().slice(0, 8)}.stale`;
	try {
		await rename(path, aside);
	} catch (error) {
		if (codeOf(error) === 'ENOENT') return;
		throw error;
	}

	const moved = await readHolder(aside);
	if (moved !== undefined && moved.tag !== stale.tag) await link(aside, path).catch(() => {});
	await unlink(aside);
}

function underWay(holder: Holder): AppError {
	const where = holder.host === currentProcess().host || holder.host === '' ? '' : ` on ${holder.host}`;
	return new AppError(
		'operation-under-way',
		`${holder.title} is under way in another Lifeboat (process ${holder.pid}${where})`,
		{
			hint: 'Wait until it has finished, or end that process; what it leaves behind is put right at the next start',
		},
	);
}

function codeOf(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
