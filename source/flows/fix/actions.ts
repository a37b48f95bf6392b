import type {Hidden} from '../../hidden.js';

/** An edit of an env or compose file; the whole new text is made when the plan is, so that the run writes what was shown. */
export type FileEdit = {
	readonly kind: 'edit-file';
	readonly path: string;
	/** As people know it: relative to the project's folder. */
	readonly name: string;
	/** SHA-256 of the text that was read; null when there was no file. */
	readonly before: string | null;
	readonly after: Hidden<string>;
	/** Unified diff, secrets masked. */
	readonly diff: readonly string[];
};

/** A statement on a server of the stack, as its superuser. */
export type SqlStatement = {
	readonly kind: 'sql';
	readonly title: string;
	readonly service: string;
	readonly database: string;
	/** Exactly what runs, secrets masked. */
	readonly statement: string;
	readonly script: Hidden<string>;
	/** A SELECT whose answer is the script that takes the statement back, run before it; null where there is nothing to take back. */
	readonly undo: string | null;
};

/** Brings a database up and waits until it takes connections. */
export type ServerStart = {readonly kind: 'start-server'; readonly service: string};

/** One Compose command. */
export type ComposeCall = {readonly kind: 'compose'; readonly title: string; readonly args: readonly string[]};

/** The one-shot services that change the schema, each in a new container. */
export type Migration = {readonly kind: 'migrate'; readonly services: readonly string[]};

/** A POSIX shell script as root in a throwaway container with the volumes of a service's container; `undo` takes it back. */
export type VolumeScript = {
	readonly kind: 'volume-script';
	readonly title: string;
	readonly service: string;
	readonly script: string;
	readonly undo: string | null;
	/** Refused at the moment of the run when a running container uses one of the volumes. */
	readonly exclusive?: boolean;
};

/** Gives everything below a path to another user; who owned what is remembered. */
export type OwnerChange = {
	readonly kind: 'chown';
	readonly service: string;
	/** In the container. */
	readonly path: string;
	/** `999:999`. */
	readonly owner: string;
};

/** One command of the engine; `undo` is the one that takes it back. */
export type EngineCall = {
	readonly kind: 'engine';
	readonly title: string;
	readonly args: readonly string[];
	readonly undo: readonly string[] | null;
};

/** A dump of the databases of a server, read back, before anything changes. */
export type FreshBackup = {readonly kind: 'backup'; readonly service: string; readonly databases: readonly string[]};

/** One thing that a fix does; shown by the review, executed by the run. Serialisable, secrets hidden. */
export type Action =
	| FileEdit
	| SqlStatement
	| ServerStart
	| ComposeCall
	| Migration
	| VolumeScript
	| OwnerChange
	| EngineCall
	| FreshBackup;

/** False for what cannot be taken back, or needs not to be: migrations that ran, indexes built anew, an image removed. */
export function isReversible(action: Action): boolean {
	switch (action.kind) {
		case 'sql':
		case 'volume-script':
		case 'engine':
			return action.undo !== null;
		case 'migrate':
			return false;
		default:
			return true;
	}
}

/** An action in the words of the review. */
export function describeAction(action: Action): {readonly title: string; readonly detail?: string | undefined} {
	switch (action.kind) {
		case 'edit-file':
			return {
				title: action.before === null ? `Write ${action.name}` : `Change ${action.name}`,
				detail: action.before === null ? undefined : 'a copy stays beside it',
			};
		case 'sql':
			return {title: action.title, detail: `${action.statement}; on ${action.service}`};
		case 'start-server':
			return {title: `Start ${action.service} and wait until it takes connections`};
		case 'compose':
			return {title: action.title, detail: `docker compose ${action.args.join(' ')}`};
		case 'migrate':
			return {
				title: `Run the migrations (${action.services.join(', ')})`,
				detail: action.services.map(service => `docker compose run --rm ${service}`).join('; '),
			};
		case 'volume-script':
			return {
				title: action.title,
				detail: `${action.script}; as root, in a throwaway container with the volumes of ${action.service}`,
			};
		case 'chown':
			return {
				title: `Give ${action.path} of ${action.service} to the user ${action.owner}`,
				detail: `chown -R ${action.owner} ${action.path}; the former owners are remembered`,
			};
		case 'engine':
			return {title: action.title, detail: `docker ${action.args.join(' ')}`};
		case 'backup':
			return {title: `Back up ${action.databases.join(', ')}`, detail: 'nothing is changed without it'};
		default:
			action satisfies never;
			return {title: ''};
	}
}
