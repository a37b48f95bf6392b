import type {Cause} from '../cause.js';
import {setCpuModel} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const cpuUnsupported: Cause = {
	label: 'cpu-unsupported',
	layer: 'create',
	signatures: [
		{match: log`Fatal glibc error: CPU does not support x86-64-v\d`, certainty: 0.98},
		{
			match: log`(?:requires|without|does not support|lacks|missing|need[s]?|support for)[^\n]{0,60}\b(?:AVX2?|SSE4(?:[._]?2)?|x86-64-v\d|ARMv8\.2)\b`,
			certainty: 0.92,
		},
		{match: log`Illegal instruction|SIGILL|trap invalid opcode`, certainty: 0.9},
		{
			match: log`The TensorFlow library was compiled to use \w+ instructions, but these aren't available`,
			certainty: 0.95,
		},
	],
	look: view =>
		view.services
			.filter(service => service.exitCode === 132)
			.map(service => ({
				service: service.service,
				certainty: 0.9,
				source: `${service.service} state`,
				text: 'exit code 132: illegal instruction',
			})),
	explain: ({service}) =>
		`The CPU (or the CPU model of the virtual machine) lacks instructions that the image of ${service} uses.`,
	fixes: situation => [setCpuModel(situation)],
};
