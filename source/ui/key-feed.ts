import {EventEmitter} from 'node:events';

/** What Ink needs of a standard input. */
type KeySource = Pick<
	NodeJS.ReadStream,
	'isTTY' | 'setRawMode' | 'setEncoding' | 'read' | 'ref' | 'unref' | 'on' | 'off'
>;

const oneKey =
	/\u001B(?:\u001B?\[[0-?]*[ -/]*[@-~]|\u001B?O[@-~]|\u007F)|[\u0000-\u001A\u001C-\u001F\u007F]|[^\u0000-\u001F\u007F]+|\u001B/g;

const incompleteEnd = /\u001B(?:\[[0-?]*[ -/]*|O)?$/;
const incompleteMs = 25;
const turnsBetweenKeys = 4;

/** Few plain characters at once are keys pressed quickly; many are a paste. */
function isShortRun(key: string): boolean {
	return key.length > 1 && key.length <= 4 && !/[\u0000-\u001F\u007F]/.test(key);
}

/** Splits what the terminal sent at once into keys; a long run of plain characters (a paste) stays one. Escape before a letter is Escape, not Alt: nothing here needs Alt, and on a slow line both come together. */
export function splitKeys(chunk: string): readonly string[] {
	return (chunk.match(oneKey) ?? []).flatMap(key => (isShortRun(key) ? [...key] : [key]));
}

/**
 * A standard input that hands over one key a turn of the event loop.
 * On a slow line "arrow, Enter" arrive in one packet; Ink's hooks would answer Enter with the state from before the arrow and choose the wrong item.
 */
export class KeyFeed extends EventEmitter {
	readonly #source: KeySource;
	#waiting: string[] = [];
	#readable: string | null = null;
	#scheduled = false;
	#incomplete = '';
	#incompleteTimer: NodeJS.Timeout | undefined;
	readonly #onReadable = () => {
		for (let chunk = this.#source.read(); chunk !== null; chunk = this.#source.read()) this.#take(String(chunk));
		this.#schedule();
	};

	constructor(source: KeySource) {
		super();
		this.#source = source;
	}

	get isTTY(): boolean {
		return this.#source.isTTY;
	}

	setRawMode(on: boolean): this {
		this.#source.setRawMode(on);
		return this;
	}

	setEncoding(encoding: BufferEncoding): this {
		this.#source.setEncoding(encoding);
		return this;
	}

	ref(): this {
		this.#source.ref();
		return this;
	}

	unref(): this {
		this.#source.unref();
		return this;
	}

	read(): string | null {
		const key = this.#readable;
		this.#readable = null;
		return key;
	}

	override addListener(event: string, listener: () => void): this {
		super.addListener(event, listener);
		if (event === 'readable' && this.listenerCount('readable') === 1) this.#source.on('readable', this.#onReadable);
		return this;
	}

	override removeListener(event: string, listener: () => void): this {
		super.removeListener(event, listener);
		if (event === 'readable' && this.listenerCount('readable') === 0) {
			this.#source.off('readable', this.#onReadable);
			this.#waiting = [];
			this.#incomplete = '';
			clearTimeout(this.#incompleteTimer);
		}

		return this;
	}

	/** Holds back the start of a sequence for a moment: its rest may be in the next packet. A lone Escape is let through then. */
	#take(chunk: string): void {
		clearTimeout(this.#incompleteTimer);
		const text = this.#incomplete + chunk;
		this.#incomplete = incompleteEnd.exec(text)?.[0] ?? '';
		this.#waiting.push(...splitKeys(text.slice(0, text.length - this.#incomplete.length)));
		if (this.#incomplete === '') return;
		this.#incompleteTimer = setTimeout(() => {
			this.#waiting.push(this.#incomplete);
			this.#incomplete = '';
			this.#schedule();
		}, incompleteMs);
	}

	/** A few turns apart: React hands the new state to the hooks in immediates of its own. */
	#schedule(): void {
		if (this.#scheduled || this.#waiting.length === 0) return;
		this.#scheduled = true;
		afterTurns(turnsBetweenKeys, () => {
			this.#scheduled = false;
			this.#readable = this.#waiting.shift() ?? null;
			if (this.#readable !== null) this.emit('readable');
			this.#schedule();
		});
	}
}

function afterTurns(turns: number, act: () => void): void {
	setImmediate(() => (turns <= 1 ? act() : afterTurns(turns - 1, act)));
}
