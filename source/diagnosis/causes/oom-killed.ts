import type {Cause, Sign} from '../cause.js';
import {raiseMemory} from '../fixes/docker.js';
import {log} from '../pattern.js';
import {isBroken, type View} from '../view.js';

export const oomKilled: Cause = {
	label: 'oom-killed',
	layer: 'database',
	signatures: [
		{
			match: log`(?:server|worker|autovacuum worker|background worker)[^\n]{0,60} \(PID \d+\) was terminated by signal 9`,
			certainty: 0.9,
		},
		{
			match: log`Out of memory: Kill(?:ed)? process|oom-kill:|oom_reaper|Memory cgroup out of memory|invoked oom-killer`,
			certainty: 0.96,
		},
		{match: log`"?OOMKilled"?\s*[:=] ?true`, certainty: 0.97},
		{
			match: log`^(?:[\w./-]+: line \d+: )? *\d+ Killed\b|^Killed$|\bKilled {2,}|: line \d+: +\d+ Killed`,
			certainty: 0.82,
		},
		{
			match: log`Worker \(pid:\d+\) was sent SIGKILL! Perhaps out of memory|signal: killed\b|SIGKILL[^\n]{0,40}out of memory`,
			certainty: 0.9,
		},
		{
			match: log`(?:Cannot allocate memory|could not fork new process for connection: Cannot allocate memory|ERROR: out of memory|std::bad_alloc|MemoryError\b|OutOfMemoryError: (?:unable to create|Direct buffer)|fatal error: runtime: out of memory)`,
			certainty: (_match, view) => (isMemoryLow(view) ? 0.88 : 0.72),
		},
		{match: log`could not map anonymous shared memory: Cannot allocate memory`, certainty: 0.85},
		{
			match: log`(?:exited with code|exit code:?|ExitCode"?:) ?137\b`,
			certainty: ({source}) => (/OOMKilled"?[:=] ?false/i.test(source.text) ? 0 : 0.5),
		},
	],
	look: view => [...findFlagged(view), ...findEvents(view), ...findShortMachine(view)],
	explains: ['killed-sigkill', 'db-not-ready', 'db-host-unresolvable', 'wal-corrupted'],
	explain: ({service, view}) =>
		`The kernel ended a process of ${service} because the memory ran out. ${describeMemory(view, service)}`.trimEnd(),
	fixes: situation => [raiseMemory(situation)],
};

function findFlagged(view: View): Sign[] {
	return view.services
		.filter(service => service.oomKilled === true)
		.map(service => ({
			service: service.service,
			certainty: 0.97,
			source: `${service.service} state`,
			text: `OOMKilled is true${service.memoryLimitBytes ? `; the limit is ${inMegabytes(service.memoryLimitBytes)}` : ''}`,
		}));
}

/** A process beside the main one was ended, for example a restore inside of the database: the container runs on, and its flag says nothing. */
function findEvents(view: View): Sign[] {
	return view.services.flatMap(service => {
		const event = view.evidence.events.findLast(
			({service: name, action, time}) =>
				name === service.service && action === 'oom' && Date.parse(time ?? '') > Date.parse(service.createdAt ?? ''),
		);
		return event === undefined
			? []
			: [
					{
						service: service.service,
						certainty: 0.85,
						source: 'events of the engine',
						text: `out of memory in ${service.service} at ${event.time}${service.memoryLimitBytes ? `; the limit is ${inMegabytes(service.memoryLimitBytes)}` : ''}`,
					},
				];
	});
}

/** Killed without a limit of its own, on a machine that has next to nothing left: the kernel of the machine did it. */
function findShortMachine(view: View): Sign[] {
	if (!isMemoryLow(view)) return [];
	return view.services
		.filter(service => service.exitCode === 137 && service.oomKilled !== true && isBroken(service))
		.filter(({service}) => !view.evidence.events.some(one => one.service === service && one.signal === 9))
		.map(({service}) => ({
			service,
			certainty: 0.72,
			source: 'memory of the machine',
			text: `${describeMachine(view)}; ${service} ended with exit code 137, and nobody sent a signal`,
		}));
}

/** So little that the next larger allocation ends a process. */
function isMemoryLow({evidence: {memory}}: View): boolean {
	const {totalBytes, availableBytes} = memory ?? {};
	if (totalBytes == null || availableBytes == null) return false;
	return availableBytes < Math.max(128 * 2 ** 20, totalBytes / 20);
}

function describeMemory(view: View, name: string): string {
	const limit = view.services.find(({service}) => service === name)?.memoryLimitBytes;
	return limit ? `Its limit is ${inMegabytes(limit)}.` : describeMachine(view) && `${describeMachine(view)}.`;
}

function describeMachine({evidence: {memory}}: View): string {
	if (memory?.totalBytes == null) return '';
	const free = memory.availableBytes == null ? '' : `, ${inMegabytes(memory.availableBytes)} of it free`;
	return `The machine has ${inMegabytes(memory.totalBytes)}${free}`;
}

const inMegabytes = (bytes: number) => `${Math.round(bytes / 2 ** 20)} MB`;
