/** One assignment of an env file. */
export type EnvEntry = {
	readonly name: string;
	/** As Compose gives it to containers, variables expanded; null for a bare name, which takes its value from the shell. */
	readonly value: string | null;
	/** Text between `=` and the comment or the end of the line, quotes included. */
	readonly raw: string;
	readonly quote: '"' | "'" | null;
	/** 1-based number of the line on which it begins. */
	readonly line: number;
	/** Offsets of the whole assignment (without its line end) in the text. */
	readonly start: number;
	readonly end: number;
	/** Offsets of `raw`. */
	readonly rawStart: number;
	readonly rawEnd: number;
	/** Names of variables that the value refers to. */
	readonly refersTo: readonly string[];
};

const assignmentPattern = /[^\S\n]*(?:export[^\S\n]+)?([A-Za-z_.][\w.-]*)[^\S\n]*(?:([=:])[^\S\n]*)?/y;

/**
 * Reads a `.env` or env_file as Compose does: comments, `export`, quotes (also over several lines), inline comments after white
 * space, escapes in double quotes, `$NAME` and `${NAME:-default}` outside of single quotes. Lines that are no assignment are left out.
 * `environment` answers for names that the file does not set before; it wins over nothing here.
 */
export function readEnvFile(
	text: string,
	environment: Readonly<Record<string, string | undefined>> = {},
): readonly EnvEntry[] {
	const entries: EnvEntry[] = [];
	const known = new Map<string, string>();
	const lookUp = (name: string) => environment[name] ?? known.get(name);
	let position = text.startsWith('\uFEFF') ? 1 : 0;
	let line = 1;
	while (position < text.length) {
		const entry = readEntry(text, position, line, lookUp);
		const end = entry?.end ?? position;
		const newline = text.indexOf('\n', end);
		const next = newline < 0 ? text.length : newline + 1;
		if (entry) {
			entries.push(entry);
			if (entry.value !== null) known.set(entry.name, entry.value);
		}

		line += text.slice(position, next).split('\n').length - 1;
		position = next;
	}

	return entries;
}

/** The values of an env file by name; the last assignment of a name counts, bare names are left out. */
export function envFileValues(
	text: string,
	environment: Readonly<Record<string, string | undefined>> = {},
): Readonly<Record<string, string>> {
	return Object.fromEntries(
		readEnvFile(text, environment).flatMap(entry => (entry.value === null ? [] : [[entry.name, entry.value]])),
	);
}

function readEntry(
	text: string,
	position: number,
	line: number,
	lookUp: (name: string) => string | undefined,
): EnvEntry | undefined {
	assignmentPattern.lastIndex = position;
	const match = assignmentPattern.exec(text);
	const name = match?.[1];
	if (match === null || name === undefined) return undefined;
	const rawStart = position + match[0].length;
	const base = {name, line, start: position, rawStart};
	if (match[2] === undefined) {
		const lineEnd = endOfLine(text, rawStart);
		const rest = text.slice(rawStart, lineEnd).trim();
		if (rest !== '' && !rest.startsWith('#')) return undefined;
		return {...base, value: null, raw: '', quote: null, end: rawStart, rawEnd: rawStart, refersTo: []};
	}

	const quote = text[rawStart];
	if (quote === '"' || quote === "'") {
		const close = closingQuote(text, rawStart, quote);
		if (close !== undefined) {
			const inner = text.slice(rawStart + 1, close);
			const value = quote === "'" ? inner.replaceAll("\\'", "'") : expandVariables(unescapeDoubleQuoted(inner), lookUp);
			return {
				...base,
				value,
				raw: text.slice(rawStart, close + 1),
				quote,
				end: endOfLine(text, close),
				rawEnd: close + 1,
				refersTo: quote === "'" ? [] : variableNames(inner),
			};
		}
	}

	const lineEnd = endOfLine(text, rawStart);
	const rest = text.slice(rawStart, lineEnd);
	const comment = /[^\S\n]#/.exec(rest)?.index;
	const raw = (comment === undefined ? rest : rest.slice(0, comment)).trimEnd();
	return {
		...base,
		value: expandVariables(raw, lookUp),
		raw,
		quote: null,
		end: lineEnd,
		rawEnd: rawStart + raw.length,
		refersTo: variableNames(raw),
	};
}

function endOfLine(text: string, from: number): number {
	const newline = text.indexOf('\n', from);
	const end = newline < 0 ? text.length : newline;
	return text[end - 1] === '\r' && end > from ? end - 1 : end;
}

function closingQuote(text: string, open: number, quote: string): number | undefined {
	for (let index = open + 1; index < text.length; index++) {
		if (text[index] === '\\' && (quote === '"' || text[index + 1] === quote)) index++;
		else if (text[index] === quote) return index;
	}

	return undefined;
}

/** Stands for a dollar sign that must not begin a variable. */
const escapedDollar = '\u0000';

function unescapeDoubleQuoted(text: string): string {
	const escapes: Readonly<Record<string, string>> = {n: '\n', r: '\r', t: '\t', $: escapedDollar, '"': '"', '\\': '\\'};
	return text.replace(/\\(.)/gs, (whole, character: string) => escapes[character] ?? whole);
}

const variablePattern = /\$(?:([A-Za-z_]\w*)|\{([A-Za-z_]\w*)(?:(:?[-+?])((?:[^{}]|\{[^{}]*\})*))?\})/g;

/** Names of the variables in a text with `$NAME` and `${NAME…}`; `$$` is none. */
export function variableNames(text: string): readonly string[] {
	const names: string[] = [];
	for (const [, plain, braced, , operand] of text.replaceAll('$$', '').matchAll(variablePattern)) {
		const name = plain ?? braced;
		if (name !== undefined) names.push(name);
		if (operand !== undefined) names.push(...variableNames(operand));
	}

	return [...new Set(names)];
}

/** Replaces `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME:+other}` and nested ones as Compose does; an unset name becomes nothing. */
export function expandVariables(text: string, lookUp: (name: string) => string | undefined): string {
	return expandEscaped(text, lookUp).replaceAll(escapedDollar, '$');
}

function expandEscaped(text: string, lookUp: (name: string) => string | undefined): string {
	return text.replaceAll('$$', escapedDollar).replace(variablePattern, (_whole, plain, braced, operator, operand) => {
		const value = lookUp(plain ?? braced);
		const isSet = operator?.startsWith(':') ? value !== undefined && value !== '' : value !== undefined;
		if (operator?.endsWith('-')) return isSet ? (value ?? '') : expandEscaped(operand, lookUp);
		if (operator?.endsWith('+')) return isSet ? expandEscaped(operand, lookUp) : '';
		return value ?? '';
	});
}

/**
 * Changes, adds (at the end) and removes (value null) assignments; comments, order, line ends and everything else stay as they are.
 * A name that is set several times is changed where it counts, at its last place. Quotes are chosen so that Compose reads exactly the value.
 */
export function editEnvFile(text: string, changes: Readonly<Record<string, string | null>>): string {
	const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
	const entries = readEnvFile(text);
	const edits: {readonly start: number; readonly end: number; readonly text: string}[] = [];
	let added = '';
	for (const [name, value] of Object.entries(changes)) {
		const own = entries.filter(entry => entry.name === name);
		const last = own.at(-1);
		if (value === null) {
			for (const entry of own) {
				const next = text.indexOf('\n', entry.end);
				edits.push({start: entry.start, end: next < 0 ? text.length : next + 1, text: ''});
			}
		} else if (last === undefined) {
			added += `${name}=${quoteEnvValue(value)}${lineEnd}`;
		} else if (last.value === null) {
			edits.push({
				start: last.start,
				end: last.end,
				text: `${text.slice(last.start, last.end).trimEnd()}=${quoteEnvValue(value)}`,
			});
		} else {
			edits.push({start: last.rawStart, end: last.rawEnd, text: quoteEnvValue(value, last.quote)});
		}
	}

	let result = text;
	for (const edit of edits.toSorted((a, b) => b.start - a.start)) {
		result = result.slice(0, edit.start) + edit.text + result.slice(edit.end);
	}

	if (added !== '' && result !== '' && !result.endsWith('\n')) result += lineEnd;
	return result + added;
}

/** Writes a value so that Compose reads it back unchanged: bare where that is safe, else in the quotes that were there, else in single quotes. */
export function quoteEnvValue(value: string, quote: '"' | "'" | null = null): string {
	const isPlain = /^[\w./:@%+,=~^&*?!()[\]{}|;<>-]*$/.test(value) && !/^[#"']/.test(value);
	if (isPlain && quote === null) return value;
	const needsDouble = value.includes("'") || value.endsWith('\\') || (quote === '"' && !value.includes('$'));
	if (!needsDouble) return `'${value}'`;
	return `"${value.replace(/[\\"$]/g, '\\$&')}"`;
}
