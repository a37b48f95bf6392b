import type {Cause} from '../cause.js';
import {updateDocker} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const dockerEngineTooOld: Cause = {
	label: 'docker-engine-too-old',
	layer: 'database',
	signatures: [
		{
			match: log`could not (?:write to|open|create) file "(?:postmaster\.pid|pg_wal/[^"]+|base/[^"]+|global/[^"]+)": Operation not permitted`,
			certainty: 0.88,
		},
		{match: log`^1970-\d\d-\d\d \d\d:\d\d:\d\d`, certainty: 0.85},
		{
			match: log`client version [\d.]+ is too (?:new|old)|Minimum supported API version is|Maximum supported API version is`,
			certainty: 0.93,
		},
		{
			match: log`(?:pthread_create failed|can't start new thread|Resource temporarily unavailable|getrandom|clone3|faccessat2)[^\n]{0,80}(?:Operation not permitted|EPERM)`,
			certainty: 0.85,
		},
		{
			match: log`popen failure: Cannot allocate memory[^\n]{0,80}no data was returned by command|no data was returned by command ""?[^\n]{0,80}postgres" -V`,
			certainty: 0.85,
		},
		{
			match: log`runtime/cgo: pthread_create failed: Operation not permitted|Fatal Python error: (?:init_interp_main|pyinit_main|_Py_InitializeMain)[^\n]{0,80}|PermissionError: \[Errno 1\] Operation not permitted`,
			certainty: 0.8,
		},
		{
			match: log`(?:apt|gpg|At least one invalid signature was encountered)[^\n]{0,80}invalid signature was encountered`,
			certainty: 0.7,
		},
		{
			match: log`node\[\d+\]: [^\n]{0,80}PlatformWorkerThreadsEntryPoint|Assertion [^\n]{0,40}uv_thread_create`,
			certainty: 0.8,
		},
		{
			match: log`(?:compose file|docker compose|docker engine|Docker version)[^\n]{0,80}(?:too old|requires (?:at least )?(?:version|Docker)|unsupported Compose file version|is not supported by this version)|Version in "[^"]+" is unsupported|Unsupported config option|Additional property \w+ is not allowed|(?:unknown|invalid) (?:type for|key)[^\n]{0,30} depends_on`,
			certainty: 0.72,
		},
	],
	explain: () =>
		'The engine (or libseccomp) of the host is too old for the base of this image: system calls are refused, clocks read 1970, or processes crash at start.',
	fixes: situation => [updateDocker(situation)],
};
