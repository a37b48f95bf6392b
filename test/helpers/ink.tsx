import {EventEmitter} from 'node:events';
import {stripVTControlCharacters} from 'node:util';
import {render} from 'ink';
import type {ReactNode} from 'react';
import {KeyFeed} from '../../source/ui/key-feed.js';

/** What a terminal sends for the keys that tests press. */
export const keys = {
	up: '\u001B[A',
	down: '\u001B[B',
	right: '\u001B[C',
	left: '\u001B[D',
	pageDown: '\u001B[6~',
	pageUp: '\u001B[5~',
	home: '\u001B[H',
	end: '\u001B[F',
	enter: '\r',
	escape: '\u001B',
	backspace: '\u007F',
	space: ' ',
	ctrlC: '\u0003',
	ctrlU: '\u0015',
} as const;

class FakeStdout extends EventEmitter {
	readonly isTTY = true;
	columns: number;
	rows: number;
	readonly written: string[] = [];

	constructor(columns: number, rows: number) {
		super();
		this.columns = columns;
		this.rows = rows;
	}

	/** Ink writes a whole frame at a time in debug mode. */
	write(text: string): boolean {
		this.written.push(text);
		this.emit('written');
		return true;
	}
}

class FakeStdin extends EventEmitter {
	readonly isTTY = true;
	isRaw = false;
	#waiting: string[] = [];

	send(text: string): void {
		this.#waiting.push(text);
		this.emit('readable');
	}

	read(): string | null {
		return this.#waiting.shift() ?? null;
	}

	setRawMode(on: boolean): this {
		this.isRaw = on;
		return this;
	}

	setEncoding(): this {
		return this;
	}

	ref(): this {
		return this;
	}

	unref(): this {
		return this;
	}
}

export type Screenshot = {
	/** The frame on the screen, without colours, without space at the ends of lines. */
	frame(): string;
	/** Everything written so far, as it was written. */
	written(): readonly string[];
	isRaw(): boolean;
	/** Sends a key and waits until the frame is another one. */
	press(key: string): Promise<string>;
	/** Sends keys without waiting. */
	send(text: string): void;
	/** Waits until the frame holds the text or fits the expression. */
	waitFor(content: string | RegExp): Promise<string>;
	resize(columns: number, rows: number): void;
	unmount(): void;
	waitUntilExit(): Promise<unknown>;
};

export type RenderOptions = {
	readonly columns?: number;
	readonly rows?: number;
	readonly isScreenReaderEnabled?: boolean;
};

const patienceMs = 10_000;

/** Renders a tree into a terminal of the given size that only exists in memory. */
export function renderInk(tree: ReactNode, options: RenderOptions = {}): Screenshot {
	const stdout = new FakeStdout(options.columns ?? 80, options.rows ?? 24);
	const stdin = new FakeStdin();
	const instance = render(tree, {
		stdout: stdout as unknown as NodeJS.WriteStream,
		stderr: new FakeStdout(80, 24) as unknown as NodeJS.WriteStream,
		stdin: new KeyFeed(stdin as unknown as NodeJS.ReadStream) as unknown as NodeJS.ReadStream,
		debug: true,
		exitOnCtrlC: false,
		patchConsole: false,
		isScreenReaderEnabled: options.isScreenReaderEnabled ?? false,
	});
	const frame = () => cleanFrame(stdout.written.findLast(text => cleanFrame(text) !== '') ?? '');

	const until = (isThere: () => boolean, what: string): Promise<string> =>
		new Promise((resolve, reject) => {
			const stop = () => {
				clearTimeout(timer);
				stdout.off('written', look);
			};

			const look = () => {
				if (!isThere()) return;
				stop();
				resolve(frame());
			};

			const timer = setTimeout(() => {
				stop();
				reject(new Error(`Waited in vain for ${what}. On the screen:\n${frame()}`));
			}, patienceMs);
			stdout.on('written', look);
			look();
		});

	return {
		frame,
		written: () => stdout.written,
		isRaw: () => stdin.isRaw,
		async press(key) {
			const before = frame();
			stdin.send(key);
			return until(() => frame() !== before, `a change after ${JSON.stringify(key)}`);
		},
		send: text => stdin.send(text),
		waitFor: content =>
			until(
				() => (typeof content === 'string' ? frame().includes(content) : content.test(frame())),
				JSON.stringify(String(content)),
			),
		resize(columns, rows) {
			stdout.columns = columns;
			stdout.rows = rows;
			stdout.emit('resize');
		},
		unmount: instance.unmount,
		waitUntilExit: instance.waitUntilExit,
	};
}

function cleanFrame(text: string): string {
	return stripVTControlCharacters(text)
		.split('\n')
		.map(line => line.trimEnd())
		.join('\n')
		.replace(/\n+$/, '');
}
