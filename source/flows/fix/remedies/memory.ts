import {Draft} from '../draft.js';
import {type FixContext, type Remedy, refuse} from '../remedy.js';

const megabyte = 1024 ** 2;

/** Doubles the memory limit of the service, where its limit is what ended it. */
export const raiseMemory: Remedy = {
	plan(context) {
		const {name, memoryLimitBytes} = serviceOf(context);
		if (memoryLimitBytes == null || memoryLimitBytes === 0)
			return refuse(
				`${name} has no memory limit of its own: the machine ran out of memory`,
				'Give the machine more, or let fewer services run on it',
			);
		const draft = new Draft(context);
		const limit = `${Math.ceil((2 * memoryLimitBytes) / megabyte)}m`;
		const has = (...path: readonly string[]) =>
			context.files.raw.composeFiles.some(file => draft.read(file, ['services', name, ...path]) !== undefined);
		if (has('deploy', 'resources', 'limits', 'memory'))
			draft.setCompose(['services', name, 'deploy', 'resources', 'limits', 'memory'], limit);
		else draft.setCompose(['services', name, 'mem_limit'], limit);
		// The limit of memory and swap together must not be below that of memory.
		if (has('memswap_limit')) draft.setCompose(['services', name, 'memswap_limit'], limit);
		return {
			actions: draft.edits(),
			target: draft.target(),
			effects: ['A leak fills any limit: if it grows again, look for a later release of the application'],
		};
	},
};

/** Doubles the heap of Node, below the memory limit of the container. */
export const raiseHeap: Remedy = {
	plan(context) {
		const {name, environment, memoryLimitBytes} = serviceOf(context);
		const former = environment['NODE_OPTIONS'] ?? '';
		const [, size] = /--max[-_]old[-_]space[-_]size=(\d+)/.exec(former) ?? [];
		const wanted = Math.max(2048, 2 * Number(size ?? 0));
		const megabytes = memoryLimitBytes ? Math.min(wanted, Math.floor((0.75 * memoryLimitBytes) / megabyte)) : wanted;
		if (megabytes <= Number(size ?? 0))
			return refuse(`The memory limit of ${name} leaves no room for a larger heap`, 'Raise the memory limit first');
		const flag = `--max-old-space-size=${megabytes}`;
		const draft = new Draft(context);
		draft.setVariable(
			name,
			'NODE_OPTIONS',
			size === undefined ? `${former} ${flag}`.trim() : former.replace(/--max[-_]old[-_]space[-_]size=\d+/, flag),
		);
		return {actions: draft.edits(), target: draft.target()};
	},
};

function serviceOf({finding, evidence}: FixContext) {
	const service = evidence.services.find(one => one.service === finding.service);
	if (service === undefined) return refuse('It is not known which service ran out of memory');
	return {name: service.service, environment: service.environment, memoryLimitBytes: service.memoryLimitBytes};
}
