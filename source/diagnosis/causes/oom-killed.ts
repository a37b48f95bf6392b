import type {Cause} from '../cause.js';
import {raiseMemory} from '../fixes/docker.js';
import {log} from '../pattern.js';

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
			certainty: 0.72,
		},
		{match: log`could not map anonymous shared memory: Cannot allocate memory`, certainty: 0.85},
		{
			match: log`(?:exited with code|exit code:?|ExitCode"?:) ?137\b`,
			certainty: ({source}) => (/OOMKilled"?[:=] ?false/i.test(source.text) ? 0 : 0.5),
		},
	],
	look: view =>
		view.services
			.filter(service => service.oomKilled === true)
			.map(service => ({
				service: service.service,
				certainty: 0.97,
				source: `${service.service} state`,
				text: `OOMKilled is true${service.memoryLimitBytes ? `; the limit is ${Math.round(service.memoryLimitBytes / 2 ** 20)} MB` : ''}`,
			})),
	explains: ['killed-sigkill', 'db-not-ready', 'db-host-unresolvable', 'wal-corrupted'],
	explain: ({service}) => `The kernel ended a process of ${service} because the memory ran out.`,
	fixes: situation => [raiseMemory(situation)],
};
