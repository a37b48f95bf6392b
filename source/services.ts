import type {Clock, Compose, Docker, Http, Processes} from './engine/types.js';
import type {Settings} from './settings.js';

/** A decision that cannot wait for the next screen: something has failed, and there are two ways on. */
export type Decision = {
	readonly title: string;
	/** What one has to know to decide. */
	readonly lines: readonly string[];
	/** The first is the one to recommend. */
	readonly choices: readonly {readonly value: string; readonly label: string; readonly hint?: string | undefined}[];
};

/** Asks the person in front of the terminal while an operation runs. Resolves with the value of a choice; with the first one when the signal fires. */
export type Ask = (decision: Decision, signal: AbortSignal) => Promise<string>;

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
	/** Absent where nobody can answer: an operation then does what the plan says. */
	readonly ask?: Ask | undefined;
};
