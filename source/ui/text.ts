/** Sequences that drive a terminal: CSI, OSC, DCS and their like (7-bit and 8-bit), then any other escape. */
const escapeSequence =
	/(?:\u001B\[|\u009B)[0-?]*[ -/]*[@-~]|(?:\u001B[\]PX^_]|[\u009D\u0090\u0098\u009E\u009F])[^\u0007\u001B\u009C]*(?:\u0007|\u001B\\|\u009C)?|\u001B[ -/]*[0-~]?/g;
/** Controls except tab and line feed; marks that reorder text, so that a name cannot pose as another. */
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u200E\u200F\u202A-\u202E\u2066-\u2069\u2028\u2029\uFEFF]/g;
const tabWidth = 4;

/** Makes text from outside harmless for a terminal: no escape sequences, no controls; of a line with carriage returns the last state, as a terminal would show it. Line feeds stay. */
export function sanitizeText(text: string): string {
	if (!needsCare(text)) return text;
	return text
		.replaceAll(escapeSequence, '')
		.replaceAll('\r\n', '\n')
		.split('\n')
		.map(line => keepLastState(line).replaceAll('\t', ' '.repeat(tabWidth)).replaceAll(controls, ''))
		.join('\n');
}

/** As {@link sanitizeText}, in one line. */
export function sanitizeLine(text: string): string {
	return needsCare(text)
		? sanitizeText(text)
				.replaceAll(/\s*\n\s*/g, ' ')
				.trim()
		: text;
}

/** Sanitises every string of plain data, deeply: for what flows and detection hand to a screen. */
export function sanitizeData<T>(value: T): T;
export function sanitizeData(value: unknown): unknown {
	if (typeof value === 'string') return sanitizeText(value);
	if (Array.isArray(value)) return value.map(item => sanitizeData(item));
	if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, sanitizeData(item)]));
}

function needsCare(text: string): boolean {
	for (let index = 0; index < text.length; index++) {
		const code = text.charCodeAt(index);
		if (code < 0x20 || (code >= 0x7f && code <= 0x9f) || code >= 0x200e) return true;
	}

	return false;
}

function keepLastState(line: string): string {
	const trimmed = line.replace(/\r+$/, '');
	return trimmed.slice(trimmed.lastIndexOf('\r') + 1);
}

const wide =
	/[\u1100-\u115F\u2E80-\u303E\u3041-\u33FF\u3400-\u4DBF\u4E00-\u9FFF\uA000-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|[\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]|\p{Emoji_Presentation}/u;
const zeroWidth = /^(?:\p{Mark}|[\u200B-\u200D])$/u;
const ascii = /^[ -~]*$/;

/** Columns that a terminal needs for one code point. */
function characterWidth(character: string): number {
	if (zeroWidth.test(character)) return 0;
	return wide.test(character) ? 2 : 1;
}

/** Columns that a terminal needs for a line. */
export function displayWidth(text: string): number {
	if (ascii.test(text)) return text.length;
	let width = 0;
	for (const character of text) width += characterWidth(character);
	return width;
}

/** Cuts a line to `width` columns and ends it with `…` where something was left out. */
export function truncate(text: string, width: number): string {
	if (displayWidth(text) <= width) return text;
	if (width <= 0) return '';
	return `${takeColumns(text, width - 1)}…`;
}

/** Keeps both ends of a path or file name: the folder says where, the end says which. */
export function truncateMiddle(text: string, width: number): string {
	if (displayWidth(text) <= width) return text;
	if (width <= 1) return truncate(text, width);
	const head = takeColumns(text, Math.floor((width - 1) / 3));
	const characters = [...text].reverse().join('');
	const tail = [...takeColumns(characters, width - 1 - displayWidth(head))].reverse().join('');
	return `${head}…${tail}`;
}

function takeColumns(text: string, width: number): string {
	let used = 0;
	let result = '';
	for (const character of text) {
		used += characterWidth(character);
		if (used > width) break;
		result += character;
	}

	return result;
}

/** Fills a line with spaces up to `width` columns. */
export function padEnd(text: string, width: number): string {
	return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

export function padStart(text: string, width: number): string {
	return ' '.repeat(Math.max(0, width - displayWidth(text))) + text;
}

/** Breaks text into lines of at most `width` columns, at spaces where there are some. At least one line. */
export function wrapText(text: string, width: number): readonly string[] {
	const limit = Math.max(1, width);
	return text.split('\n').flatMap(line => wrapLine(line, limit));
}

function wrapLine(line: string, width: number): string[] {
	if (displayWidth(line) <= width) return [line];
	const lines: string[] = [];
	let current = '';
	for (const word of line.split(' ')) {
		const candidate = current === '' ? word : `${current} ${word}`;
		if (displayWidth(candidate) <= width) {
			current = candidate;
			continue;
		}

		if (current !== '') lines.push(current);
		const parts = chunkText(word, width);
		lines.push(...parts.slice(0, -1));
		current = parts.at(-1) ?? '';
	}

	return [...lines, current];
}

/** Cuts text into pieces of at most `width` columns, wherever that is: for what must be readable to the letter. At least one piece. */
export function chunkText(text: string, width: number): readonly string[] {
	const pieces: string[] = [];
	let rest = text;
	while (displayWidth(rest) > width) {
		const head = takeColumns(rest, width) || [...rest].slice(0, 1).join('');
		pieces.push(head);
		rest = rest.slice(head.length);
	}

	return [...pieces, rest];
}
