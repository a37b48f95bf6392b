/** Every way in which Lifeboat refuses or fails, with the exit code that scripts see (product.md, "Exit codes"). */
const exitCodes = {
	// 1: the operation failed, nothing was lost
	'operation-failed': 1,
	'dump-failed': 1,
	'restore-failed': 1,
	'upgrade-failed': 1,
	'rollback-failed': 1,
	'fix-failed': 1,
	'bundle-damaged': 1,
	'bundle-unreadable': 1,
	'bundle-encrypted': 1,
	'tool-failed': 1,
	'sql-failed': 1,
	'health-failed': 1,
	'lock-timeout': 1,
	'disk-full': 1,
	'output-unwritable': 1,
	'container-stopped': 1,
	'compose-failed': 1,
	bug: 1,
	// 2: wrong usage
	usage: 2,
	'confirmation-missing': 2,
	// 3: the environment refused before anything changed
	'engine-unreachable': 3,
	'engine-permission-denied': 3,
	'docker-cli-missing': 3,
	'compose-missing': 3,
	'compose-file-invalid': 3,
	'stack-not-found': 3,
	'stack-ambiguous': 3,
	'database-not-found': 3,
	'database-ambiguous': 3,
	'database-not-running': 3,
	'database-unreachable': 3,
	'database-unsupported': 3,
	'client-missing': 3,
	'operation-under-way': 3,
	'preflight-failed': 3,
	'extension-missing': 3,
	'role-missing': 3,
	'disk-low': 3,
	'settings-invalid': 3,
	'file-not-found': 3,
	'nothing-to-roll-back': 3,
	// 4: problems were found
	'verification-failed': 4,
	'problems-found': 4,
	// 130
	cancelled: 130,
} as const satisfies Record<string, number>;

export type ErrorCode = keyof typeof exitCodes;

export type AppErrorOptions = {
	/** One sentence in the imperative: what to do now. */
	readonly hint?: string | undefined;
	/** An argv to copy, for example `['docker', 'compose', 'up', '-d', 'db']`. */
	readonly fix?: readonly string[] | undefined;
	/** The last lines that the tool wrote, already redacted. */
	readonly details?: readonly string[] | undefined;
	readonly cause?: unknown;
};

/** A failure that the user can act on: what is wrong (present tense), what to do, what to type. Anything else that is thrown is a bug. */
export class AppError extends Error {
	override readonly name = 'AppError';
	readonly code: ErrorCode;
	readonly hint: string | undefined;
	readonly fix: readonly string[] | undefined;
	readonly details: readonly string[];

	constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
		super(message, options.cause === undefined ? undefined : {cause: options.cause});
		this.code = code;
		this.hint = options.hint;
		this.fix = options.fix;
		this.details = options.details ?? [];
	}

	get exitCode(): number {
		return exitCodes[this.code];
	}
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
	return error instanceof AppError && (code === undefined || error.code === code);
}

/** True for our own cancellation and for what Node and execa throw when an AbortSignal fires. */
export function isCancellation(error: unknown): boolean {
	if (isAppError(error, 'cancelled')) return true;
	if (!(error instanceof Error)) return false;
	return error.name === 'AbortError' || ('isCanceled' in error && error.isCanceled === true);
}

export function cancelled(message = 'Cancelled; nothing was changed'): AppError {
	return new AppError('cancelled', message);
}

/** Turns whatever was thrown into an AppError; unknown errors become `bug` and keep their cause. */
export function toAppError(error: unknown): AppError {
	if (isAppError(error)) return error;
	if (isCancellation(error)) return new AppError('cancelled', 'Cancelled', {cause: error});
	const message = error instanceof Error ? error.message : String(error);
	return new AppError('bug', message, {
		hint: 'This is a mistake in Lifeboat: please report it with the output of the same command and --verbose',
		cause: error,
	});
}

/** The shape of a failure under `--json` (product.md). */
export function describeError(error: AppError) {
	return {
		code: error.code,
		message: error.message,
		hint: error.hint ?? null,
		fix: error.fix ?? null,
		...(error.details.length > 0 ? {details: error.details} : {}),
	};
}
