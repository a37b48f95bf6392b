import {systemClock} from './engine/clock.js';
import {createCompose} from './engine/compose.js';
import {createDocker} from './engine/docker.js';
import {createHttp} from './engine/http.js';
import {createProcesses} from './engine/processes.js';
import type {Services} from './services.js';
import {openSettings, settingsFolder} from './settings.js';

/** The real services: the composition root. Nothing connects or opens a file before it is first used, but the settings. */
export function createServices(environment: Readonly<Record<string, string | undefined>>, cwd: string): Services {
	const processes = createProcesses(environment);
	return {
		processes,
		docker: createDocker(environment, processes),
		compose: createCompose(processes),
		http: createHttp(),
		settings: openSettings(settingsFolder(environment)),
		clock: systemClock,
		environment,
		cwd,
	};
}
