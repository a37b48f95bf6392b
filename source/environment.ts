type Environment = Record<string, string | undefined>;

/** What must be set before React and chalk are loaded: see the reasons beside each line. */
export function prepareEnvironment(environment: Environment, argv: readonly string[]): void {
	// react-reconciler's development build records a performance entry per render for ever.
	environment['NODE_ENV'] ??= 'production';
	// chalk 5 knows FORCE_COLOR only.
	if (
		environment['NO_COLOR'] ||
		argv.includes('--no-color') ||
		argv.includes('--json') ||
		environment['TERM'] === 'dumb'
	)
		environment['FORCE_COLOR'] = '0';
}

/**
 * May we take the screen and ask? Both ends must be terminals that can move the cursor, and nobody asked for output that is
 * to be read by a program. In CI even a terminal has nobody in front of it.
 */
export function canUseScreen(
	streams: {readonly stdinIsTty: boolean; readonly stdoutIsTty: boolean},
	environment: Environment,
	globals: {readonly json: boolean},
): boolean {
	return (
		streams.stdinIsTty && streams.stdoutIsTty && environment['TERM'] !== 'dumb' && !environment['CI'] && !globals.json
	);
}
