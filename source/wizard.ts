import type {ComposeTarget} from './engine/types.js';
import {followLogs} from './flows/logs.js';
import type {Services} from './services.js';
import {detectStack} from './stack/detect.js';
import {listProjects} from './stack/projects.js';
import type {Stack} from './stack/stack.js';
import type {LogSource, WizardEntry, WizardOptions} from './ui/wizard.js';

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
		detect: (wanted, signal) => detectProgressively(wanted, services, signal),
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

/** Each value knows more than the one before: the files, the containers, the server's answers. */
async function* detectProgressively(
	target: ComposeTarget,
	services: Services,
	signal: AbortSignal,
): AsyncGenerator<Stack> {
	let latest: Stack | undefined;
	let wake: () => void = () => undefined;
	let settled = false;
	const finish = () => {
		settled = true;
		wake();
	};
	const final = detectStack(target, services, {
		signal,
		onPartial(stack) {
			latest = stack;
			wake();
		},
	});
	final.then(finish, finish);
	while (!settled) {
		await new Promise<void>(resolve => {
			wake = resolve;
			if (settled || latest) resolve();
		});
		if (latest && !settled) yield latest;
		latest = undefined;
	}

	yield await final;
}
