/** Names of what a message tells: host, port, user, database, relation, extension, variable, … */
export type Captures = Readonly<Record<string, string>>;

/** A message that several causes share, in the words of every driver. */
export type Family = {
	readonly id: string;
	readonly patterns: readonly RegExp[];
};

/**
 * A pattern for log text: a space stands for any white space, also the end of a line that a terminal or a logger wrapped.
 * Letters match in either case. Named groups become captures.
 */
export function log(strings: TemplateStringsArray, ...values: readonly string[]): RegExp {
	return new RegExp(loosen(String.raw(strings, ...values)), 'gim');
}

/** As `log`, for text in which capitals matter: names of variables. */
export function logExact(strings: TemplateStringsArray, ...values: readonly string[]): RegExp {
	return new RegExp(loosen(String.raw(strings, ...values)), 'gm');
}

function loosen(source: string): string {
	return source
		.replaceAll(/ [?*]/g, String.raw`\s*`)
		.replaceAll(/ \+/g, ' ')
		.replaceAll(/ (?=\{)/g, String.raw`\s`)
		.replaceAll(' ', String.raw`\s+`);
}

/** A host in a message: a name, an IPv4 address or an IPv6 address in brackets. */
export const host = String.raw`(?<host>\[[0-9a-f:.]+\]|::1|[\w.*-]+)`;
export const port = String.raw`(?<port>\d{1,5})`;

export function isLoopback(address: string | undefined): boolean {
	return address !== undefined && /^(?:127\.\d+\.\d+\.\d+|\[?::1\]?|localhost|0\.0\.0\.0)$/i.test(address);
}
