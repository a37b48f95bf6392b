/** Reads structured bytes from chunks of any size. */
export class ByteReader {
	readonly #chunks: AsyncIterator<Buffer>;
	#buffer: Buffer = Buffer.alloc(0);
	#at = 0;
	#consumed = 0;

	constructor(chunks: AsyncIterable<Buffer>) {
		this.#chunks = chunks[Symbol.asyncIterator]();
	}

	/** Bytes that were read. */
	get position(): number {
		return this.#consumed;
	}

	/** The next `count` bytes; undefined when fewer are left. */
	async take(count: number): Promise<Buffer | undefined> {
		while (this.#buffer.length - this.#at < count) {
			const next = await this.#chunks.next();
			if (next.done) return undefined;
			this.#buffer =
				this.#at === this.#buffer.length ? next.value : Buffer.concat([this.#buffer.subarray(this.#at), next.value]);
			this.#at = 0;
		}

		const bytes = this.#buffer.subarray(this.#at, this.#at + count);
		this.#at += count;
		this.#consumed += count;
		return bytes;
	}

	/** What there is of the next `most` bytes, at least one; undefined at the end. */
	async takeSome(most: number): Promise<Buffer | undefined> {
		while (this.#at === this.#buffer.length) {
			const next = await this.#chunks.next();
			if (next.done) return undefined;
			this.#buffer = next.value;
			this.#at = 0;
		}

		const bytes = this.#buffer.subarray(this.#at, this.#at + most);
		this.#at += bytes.length;
		this.#consumed += bytes.length;
		return bytes;
	}

	/** Ends the source. */
	async close(): Promise<void> {
		await this.#chunks.return?.();
	}
}
