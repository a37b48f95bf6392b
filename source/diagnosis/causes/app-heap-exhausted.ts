import type {Cause} from '../cause.js';
import {raiseHeap} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const appHeapExhausted: Cause = {
	label: 'app-heap-exhausted',
	layer: 'app',
	signatures: [
		{
			match: log`JavaScript heap out of memory|Ineffective mark-compacts near heap limit|Reached heap limit|ERR_WORKER_OUT_OF_MEMORY`,
			certainty: 0.97,
		},
		{match: log`OutOfMemoryError: (?:Java heap space|GC overhead limit exceeded|Metaspace)`, certainty: 0.96},
		{match: log`Allowed memory size of \d+ bytes exhausted`, certainty: 0.95},
		{
			match: log`NoMemoryError|failed to allocate memory \(NoMemoryError\)|System\.OutOfMemoryException|eheap_alloc: Cannot allocate`,
			certainty: 0.88,
		},
		{match: log`Aborted +\(core dumped\)[^\n]{0,40}node|exit(?:ed with)? code:? 134`, certainty: 0.5},
	],
	explains: ['oom-killed', 'killed-sigkill'],
	explain: ({service}) => `The runtime of ${service} reached its own heap limit (not the limit of the container).`,
	fixes: situation => [raiseHeap(situation)],
};
