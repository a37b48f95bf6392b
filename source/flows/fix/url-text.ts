/** The parts of a connection URL as text, with the `$NAME`s that stand in it; absent parts are null. */
export type UrlText = {
	readonly scheme: string;
	readonly user: string | null;
	readonly password: string | null;
	readonly host: string;
	readonly port: string | null;
	/** With its slash. */
	readonly path: string;
	/** With its question mark. */
	readonly query: string;
};

const reference = /\$(?:\$|\{(?:[^{}]|\{[^{}]*\})*\}|[A-Za-z_]\w*)/g;
/** References become one letter each of Unicode's private use area, so that what stands inside of them is no part of the URL. */
const firstPrivate = 0xe000;

/** Takes a URL apart by what its writer meant: the last `@` ends the login. Undefined for what is no URL. */
export function readUrlText(text: string): UrlText | undefined {
	const references: string[] = [];
	const flat = text.replace(reference, found => String.fromCharCode(firstPrivate + references.push(found) - 1));
	const match =
		/^(?<scheme>[a-z][a-z0-9+.:_-]*):\/\/(?:(?<login>.*)@)?(?<host>\[[^\]]*\]|[^:/?#@]*)(?::(?<port>[^/?#]*))?(?<path>\/[^?#]*)?(?<query>[?#].*)?$/is.exec(
			flat,
		);
	if (match?.groups === undefined) return undefined;
	const restore = (part: string) =>
		part.replace(/[\uE000-\uF8FF]/g, character => references[character.charCodeAt(0) - firstPrivate] ?? character);
	const {scheme = '', login, host = '', port, path = '', query = ''} = match.groups;
	const colon = login?.indexOf(':') ?? -1;
	return {
		scheme: restore(scheme),
		user: login === undefined ? null : restore(colon < 0 ? login : login.slice(0, colon)),
		password: login === undefined || colon < 0 ? null : restore(login.slice(colon + 1)),
		host: restore(host),
		port: port === undefined ? null : restore(port),
		path: restore(path),
		query: restore(query),
	};
}

export function writeUrlText({scheme, user, password, host, port, path, query}: UrlText): string {
	const login = user === null && password === null ? '' : `${user ?? ''}${password === null ? '' : `:${password}`}@`;
	return `${scheme}://${login}${host}${port === null ? '' : `:${port}`}${path}${query}`;
}

/** The name of the variable when the text is one reference and nothing else. */
export function soleReference(text: string | null): string | undefined {
	const match = /^\$(?:(\w+)|\{(\w+)(?::?[-?](?:[^{}]|\{[^{}]*\})*)?\})$/.exec(text ?? '');
	return match?.[1] ?? match?.[2];
}

/** Percent-encodes for the login of a URL, also what `encodeURIComponent` leaves and some parsers stumble over. */
export function encodeLogin(text: string): string {
	return encodeURIComponent(text).replace(
		/[!'()*]/g,
		character => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
	);
}
