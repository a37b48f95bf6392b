const newline = 0x0a;

/** Bytes of a stream, held until it is decided whether they pass. Positions count from its first byte. */
export class PassedBytes {
	/** Up to here it is decided. */
	position = 0;
	#held: Buffer[] = [];
	#passed: Buffer[] = [];
	/** What came last was left out: the end of its line goes with it. */
	#endsLine = false;

	add(chunk: Buffer): void {
		this.#held.push(chunk);
	}

	/** Lets everything before `until` pass, or leaves it out. What is decided already stays so. */
	decide(until: number, passes: boolean): void {
		for (let [first] = this.#held; first !== undefined && until > this.position; [first] = this.#held) {
			const isLineEnd = passes && this.#endsLine && first[0] === newline;
			const length = isLineEnd ? 1 : Math.min(first.length, until - this.position);
			if (passes && !isLineEnd) this.#passed.push(first.subarray(0, length));
			this.#endsLine = !passes;
			this.position += length;
			if (length === first.length) this.#held.shift();
			else this.#held[0] = first.subarray(length);
		}
	}

	/** What has passed since the last call. */
	take(): readonly Buffer[] {
		const passed = this.#passed;
		this.#passed = [];
		return passed;
	}
}
