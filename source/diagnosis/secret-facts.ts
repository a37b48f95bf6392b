/** Length and strength of a secret, without the secret: for `secrets` in the evidence. */
export function measureSecret(value: string): {readonly length: number; readonly entropyBits: number} {
	const different = new Set(value).size;
	return {length: value.length, entropyBits: different < 2 ? 0 : Math.round(value.length * Math.log2(different))};
}
