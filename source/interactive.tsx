import {setFlagsFromString} from 'node:v8';
import {render, Text} from 'ink';
import {App} from './ui/app.js';
import {KeyFeed} from './ui/key-feed.js';
import {createSession} from './ui/session.js';
import type {WizardOptions} from './ui/wizard.js';

/** How long cancelled work may clean up before the terminal is given back. */
const drainMs = 10_000;

const signalNumbers = {SIGHUP: 1, SIGINT: 2, SIGTERM: 15} as const;
const showCursor = '\u001B[?25h';

/**
 * Runs the wizard until it is left and resolves with the exit code: 0, that of the flow it was left from, 130 after Ctrl+C, 128 + n after signal n.
 * Standard input and output must be terminals. The terminal is as it was before, whatever happens.
 * @param load brings what the wizard shows and runs; a first frame is there while it does. What it throws is thrown.
 */
export async function runInteractive(load: () => Promise<WizardOptions>): Promise<number> {
	// Live logs leave garbage by the megabyte a second. Collected earlier it does not grow the process: 158 MB at its peak instead of 225, keys as fast.
	setFlagsFromString('--heap-growing-percent=60');
	const {stdin, stdout, stderr} = process;
	let exitCode = 0;
	let close: () => void = () => undefined;
	const session = createSession({
		drainMs,
		close(code) {
			exitCode = code;
			close();
		},
	});

	const handlers = Object.entries(signalNumbers).map(([signal, number]) => {
		const handler = () => {
			removeOtherListeners(signal, handler);
			session.leave(128 + number);
		};

		return [signal, handler] as const;
	});
	const hangUp = () => session.leave(128 + signalNumbers.SIGHUP);
	const restoreTerminal = () => {
		if (stdin.isTTY) stdin.setRawMode(false);
		stdout.write(showCursor);
	};

	for (const [signal, handler] of handlers) process.prependListener(signal as NodeJS.Signals, handler);
	stdin.once('end', hangUp);
	stdout.once('error', hangUp);
	process.once('exit', restoreTerminal);

	try {
		const instance = render(<Text dimColor> Lifeboat is looking at this folder…</Text>, {
			stdin: new KeyFeed(stdin) as unknown as NodeJS.ReadStream,
			stdout,
			stderr,
			exitOnCtrlC: false,
		});
		// React draws the last frame first: without the keys, or nothing where it would be noise in the terminal.
		close = () => setImmediate(instance.unmount);
		const exited = instance.waitUntilExit();
		let failure: {readonly error: unknown} | undefined;
		setImmediate(() => {
			load().then(
				options => instance.rerender(<App options={options} session={session} />),
				error => {
					failure = {error};
					instance.unmount();
				},
			);
		});
		await exited;
		if (failure) throw failure.error;
		// What did not end in time is left to the journal: the next start finishes or undoes it.
		if (session.isBusy()) process.exit(exitCode);
		return exitCode;
	} finally {
		for (const [signal, handler] of handlers) process.off(signal, handler);
		stdin.off('end', hangUp);
		process.off('exit', restoreTerminal);
		stdin.pause();
	}
}

/**
 * Several copies of signal-exit (Ink's, execa's) listen to signals too. They count one another wrongly, take themselves for the only listeners,
 * and end the process before anything has been cleaned up. Called first, this leaves them out of the count.
 */
function removeOtherListeners(signal: string, own: () => void): void {
	for (const listener of process.listeners(signal as NodeJS.Signals)) {
		if (listener !== own) process.off(signal, listener);
	}
}
