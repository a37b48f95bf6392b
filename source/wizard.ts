import type {ComposeTarget} from './engine/types.js';
import {followLogs} from './flows/logs.js';
import type {Services} from './services.js';
import {detectStack} from './stack/detect.js';
import {listProjects} from './stack/projects.js';
import type {Stack} from './stack/stack.js';
import type {DetectOptions, LogSource, WizardEntry, WizardOptions} from './ui/wizard.js';

/** Puts together what the wizard shows: the menu, detection, the engine's projects. */
export function wizardOptions(
	services: Services,
	target: ComposeTarget,
	initial?: WizardOptions['initial'],
): WizardOptions {
	return {
		services,
		target,
		entries: menuEntries(services),
		detect: (wanted, options) => detectOnEngine(wanted, services, options),
		projects: async signal =>
			(await listProjects(services.docker, services.cwd, signal)).map(project => ({
				name: project.project,
				directory: project.directory,
				status: project.running > 0 ? `${project.running} of ${project.total} running` : 'stopped',
				target: project.target,
			})),
		...(initial === undefined ? {} : {initial}),
	};
}

function menuEntries(services: Services): readonly WizardEntry[] {
	return [{label: 'Logs', hint: 'of all services, live', kind: 'logs', logs: logSource(services)}];
}

function logSource(services: Services): LogSource {
	return {
		follow: (stack, names, signal) =>
			followLogs({project: stack.project, services: names, tail: 200, follow: true}, services, signal),
	};
}

/** Detects the stack; an engine that does not answer is the wizard's first screen, though the files alone could be described. */
async function detectOnEngine(
	target: ComposeTarget,
	services: Services,
	{signal, onPartial}: DetectOptions,
): Promise<Stack> {
	const stack = await detectStack(target, services, {signal, onPartial});
	if (!stack.engineReached) await services.docker.info(signal);
	return stack;
}
