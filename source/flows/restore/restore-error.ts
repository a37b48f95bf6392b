import {AppError} from '../../errors.js';
import type {HealthReport} from '../steps/health-rules.js';
import type {Difference} from './compare.js';

/** Exit code of an environment that refuses before anything has changed. */
const refused = 3;

/** A restore that failed. `extras` is what its JSON document adds. Once something was changed it is no refusal of the environment any more. */
export class RestoreError extends AppError {
	readonly extras: Readonly<Record<string, unknown>>;
	readonly changed: boolean;

	constructor(error: AppError, changed: boolean, extras: Readonly<Record<string, unknown>>) {
		super(error.code, error.message, {
			hint: error.hint,
			fix: error.fix,
			details: error.details,
			cause: error.cause ?? error,
		});
		this.extras = extras;
		this.changed = changed;
	}

	override get exitCode(): number {
		return this.changed && super.exitCode === refused ? 1 : super.exitCode;
	}
}

/** What was found that made the restore stop; carried by the error until it is reported. */
export class FoundError extends AppError {
	readonly found: {readonly differences?: readonly Difference[]; readonly health?: HealthReport};

	constructor(error: AppError, found: FoundError['found']) {
		super(error.code, error.message, {hint: error.hint, fix: error.fix, details: error.details, cause: error.cause});
		this.found = found;
	}
}

/** Says what failed and how things are now. */
export function restoreError(
	error: AppError,
	state: {
		readonly rolledBack: boolean;
		readonly changed: boolean;
		/** The restored data stays: there was none before. */
		readonly isKept?: boolean;
		readonly cause?: AppError | undefined;
	},
): RestoreError {
	const found = error instanceof FoundError ? error.found : {};
	const told = new AppError(error.code, `${error.message.replace(/\.$/, '')}${describeState(state)}`, {
		hint: error.hint,
		fix: error.fix,
		details: [...error.details, ...(state.cause?.details ?? [])],
		cause: error.cause ?? error,
	});
	return new RestoreError(told, state.changed, {rolledBack: state.rolledBack, ...found});
}

function describeState(state: Parameters<typeof restoreError>[1]): string {
	if (state.isKept) return '. The restored data is in place and stays';
	if (state.rolledBack) return state.changed ? '. Everything is as it was before' : '. Nothing was changed';
	return state.cause === undefined ? '.' : `. It was being undone because: ${state.cause.message}`;
}
