import type {Cause} from '../cause.js';
import {setPlatform} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const archMismatch: Cause = {
	label: 'arch-mismatch',
	layer: 'create',
	signatures: [
		{match: log`exec format error`, certainty: 0.95},
		{
			match: log`image's platform \([^)]*\) does not match`,
			certainty: ({source}) => (source.kind === 'compose' ? 0.5 : 0.8),
		},
		{
			match: log`no (?:matching manifest|match for platform in (?:the )?manifest)|does not (?:match|provide) the (?:specified|detected|requested) platform`,
			certainty: 0.95,
		},
		{
			match: log`rosetta error|qemu: uncaught target signal|qemu-\w+: Could not open|cannot execute binary file`,
			certainty: 0.9,
		},
		{match: log`/lib64/ld-linux-x86-64\.so\.2: No such file|exec /lib(?:64)?/ld-linux`, certainty: 0.85},
	],
	look: view => {
		const machine = normalise(view.evidence.engineInfo?.architecture);
		return view.services
			.filter(service => machine && service.architecture && normalise(service.architecture) !== machine)
			.map(service => ({
				service: service.service,
				certainty: service.state === 'running' ? 0 : 0.7,
				source: `image of ${service.service}`,
				text: `made for ${service.architecture}, the machine is ${view.evidence.engineInfo?.architecture}`,
			}));
	},
	explain: ({service}) => `The image of ${service} is made for another CPU than this machine has.`,
	fixes: situation => [setPlatform(situation)],
};

function normalise(name: string | null | undefined): string | undefined {
	return name?.replace('x86_64', 'amd64').replace('aarch64', 'arm64');
}
