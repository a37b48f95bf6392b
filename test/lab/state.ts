import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

/** The lab cannot be brought up on this machine; the message says why and what to do. */
export class LabUnavailable extends Error {
	override readonly name = 'LabUnavailable';
}

/** A path in the lab's state folder: `$LIFEBOAT_LAB_HOME`, else `~/.cache/lifeboat-lab`. */
export function labPath(...parts: readonly string[]): string {
	return join(process.env['LIFEBOAT_LAB_HOME'] ?? join(homedir(), '.cache', 'lifeboat-lab'), ...parts);
}

/** A path in the state folder whose parent folder exists afterwards. */
export async function prepareLabPath(...parts: readonly string[]): Promise<string> {
	const path = labPath(...parts);
	await mkdir(join(path, '..'), {recursive: true});
	return path;
}

/**
 * Runs `work` while no other process of this machine holds the lock of that name, so that two test runs that start
 * together do not install or build the same thing twice. A lock whose owner has died is taken over.
 */
export async function withLock<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
	const path = await prepareLabPath('locks', name);
	while (!(await takeLock(path))) {
		await sleep(500);
	}
	try {
		return await work();
	} finally {
		await rm(path, {force: true});
	}
}

/** True when a process with that id exists, whoever owns it. */
export function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}

/** The process id in a file, or undefined when there is no such file or no such process. */
export async function readLivePid(path: string): Promise<number | undefined> {
	const pid = Number(await readFile(path, 'utf8').catch(() => ''));
	return Number.isInteger(pid) && pid > 0 && isAlive(pid) ? pid : undefined;
}

async function takeLock(path: string): Promise<boolean> {
	try {
		await writeFile(path, `${process.pid}`, {flag: 'wx'});
		return true;
	} catch {
		if ((await readLivePid(path)) === undefined) {
			await sleep(200);
			if ((await readLivePid(path)) === undefined) {
				await rm(path, {force: true});
			}
		}
		return false;
	}
}
