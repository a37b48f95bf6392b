import type {Clock, Compose, Docker, Http, Processes} from './engine/types.js';
import type {Settings} from './settings.js';

/** Everything with an effect, passed in: tests give plain objects. */
export type Services = {
	readonly processes: Processes;
	readonly docker: Docker;
	readonly compose: Compose;
	readonly http: Http;
	readonly settings: Settings;
	readonly clock: Clock;
	/** The environment that Lifeboat was started with. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** The folder that Lifeboat was started in. */
	readonly cwd: string;
};
