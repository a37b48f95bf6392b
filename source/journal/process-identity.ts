import {createHash} from 'node:crypto';
import {readFileSync, readlinkSync} from 'node:fs';
import {hostname} from 'node:os';

/** Names one run of one process on one machine: survives in files, so that a later start can tell whether it still runs. */
export type ProcessIdentity = {
	readonly pid: number;
	readonly host: string;
	/** Short text for file names: host, boot, pid and start time, the first two hashed. */
	readonly tag: string;
};

export type Liveness = 'alive' | 'dead' | 'unknown';

const tagPattern = /^(?<host>[0-9a-f]{8})-(?<boot>[0-9a-f]{8})-(?<pid>\d+)-(?<start>\d+)$/u;

/** Identity of this process. */
export function currentProcess(): ProcessIdentity {
	const {pid} = process;
	return {pid, host: hostname(), tag: `${hostHash()}-${bootHash()}-${pid}-${startTime(pid) ?? 0}`};
}

/**
 * Whether the process that a tag names still runs. `unknown` when it ran on another machine or in another
 * process namespace (a container), where its pid means nothing here.
 */
export function checkLiveness(tag: string): Liveness {
	const groups = tagPattern.exec(tag)?.groups;
	if (groups === undefined || groups['host'] !== hostHash()) return 'unknown';
	if (groups['boot'] !== bootHash()) return 'dead';
	const pid = Number(groups['pid']);
	if (!exists(pid)) return 'dead';
	const start = startTime(pid);
	const isSame = start === undefined || groups['start'] === '0' || Number(groups['start']) === start;
	return isSame ? 'alive' : 'dead';
}

function exists(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return error instanceof Error && 'code' in error && error.code === 'EPERM';
	}
}

/** Clock ticks between boot and the start of a process (proc(5), field 22); undefined where there is no /proc. A pid is used again, a pid with its start time is not. */
function startTime(pid: number): number | undefined {
	const stat = readText(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
	const ticks = Number(stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
	return Number.isSafeInteger(ticks) ? ticks : undefined;
}

function bootHash(): string {
	return hash(readText(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')) ?? '');
}

function hostHash(): string {
	return hash(`${hostname()}\n${readText(() => readlinkSync('/proc/self/ns/pid')) ?? ''}`);
}

function hash(text: string): string {
	return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

function readText(read: () => string): string | undefined {
	try {
		return read();
	} catch {
		return undefined;
	}
}
