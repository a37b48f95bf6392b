import type {Fix, Situation} from '../cause.js';

/** A fix whose steps name the services at hand. */
export type FixTemplate = (situation: Situation) => Fix;

export function makeFix(
	id: string,
	title: string | ((situation: Situation) => string),
	steps: (situation: Situation) => readonly string[],
	options: {readonly destructive?: boolean} = {},
): FixTemplate {
	return situation => ({
		id,
		title: typeof title === 'string' ? title : title(situation),
		destructive: options.destructive ?? false,
		steps: steps(situation),
	});
}

/** The command that makes a changed value reach the container; a restart does not. */
export const recreate = (situation: Situation) =>
	`Recreate it: docker compose up -d${situation.service === unknownService ? '' : ` ${situation.service}`} (a restart keeps the old values)`;

export const unknownService = 'the service';

export const databaseUser = (situation: Situation) => situation.captures['user'] ?? 'the application’s role';
export const databaseName = (situation: Situation) => situation.captures['database'] ?? 'the application’s database';
