/** Gathers the first bytes of something long, from its first that is no white space. */
export class ByteCollector {
	#bytes = Buffer.alloc(1024);
	#length = 0;
	#hasText = false;
	limit: number;

	constructor(limit: number) {
		this.limit = limit;
	}

	/** True while nothing but white space was added. */
	get isBlank(): boolean {
		return !this.#hasText;
	}

	add(byte: number): void {
		if (byte > 0x20) this.#hasText = true;
		if (!this.#hasText) return;
		if (this.#length >= this.limit) return;
		if (this.#length === this.#bytes.length)
			this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
		this.#bytes[this.#length++] = byte;
	}

	addAll(bytes: Buffer, from: number, to: number): void {
		const room = this.limit - this.#length;
		if (room > 0) {
			const end = Math.min(to, from + room);
			while (this.#length + end - from > this.#bytes.length)
				this.#bytes = Buffer.concat([this.#bytes, Buffer.alloc(this.#bytes.length)]);
			bytes.copy(this.#bytes, this.#length, from, end);
			this.#length += end - from;
		}

		for (let at = from; at < to && !this.#hasText; at++) this.#hasText = (bytes[at] ?? 0) > 0x20;
	}

	/** Takes back the byte that was added last, unless it was beyond the limit. */
	removeLast(): void {
		if (this.#length < this.limit && this.#length > 0) this.#length--;
		this.#hasText = this.text().trim() !== '';
	}

	get length(): number {
		return this.#length;
	}

	/** The first byte; 0 when there is none. */
	get first(): number {
		return this.#length === 0 ? 0 : (this.#bytes[0] ?? 0);
	}

	isFull(): boolean {
		return this.#length >= this.limit;
	}

	text(): string {
		return this.#bytes.toString('utf8', 0, this.#length);
	}

	clear(): void {
		this.#length = 0;
		this.#hasText = false;
	}
}
