import {inspect} from 'node:util';
import {mask} from './redaction.js';

/** A value that a plan carries and nobody may see: JSON, string conversion and `console` show the mask. */
export class Hidden<Value> {
	readonly #value: Value;

	constructor(value: Value) {
		this.#value = value;
	}

	/** The value itself, for the one place that uses it. */
	reveal(): Value {
		return this.#value;
	}

	toJSON(): string {
		return mask;
	}

	toString(): string {
		return mask;
	}

	[inspect.custom](): string {
		return mask;
	}
}

export function hide<Value>(value: Value): Hidden<Value> {
	return new Hidden(value);
}
