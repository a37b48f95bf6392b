/** One line of a log without its wrapping. One raw line may become several (JSON with line ends inside). */
export type LogLine = {
	readonly text: string;
	/** Milliseconds since the epoch, when the line says so. */
	readonly time: number | null;
	/** The container that the compose prefix names, without its number. */
	readonly container: string | null;
};

const ansi = /\u001B(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[@-Z\\^_])/g;
const otherControls = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F-\u009F]/g;
const dockerTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))\s?(?=.*)/;
const composePrefix =
	/^(?:\d{4}[-/]\d\d[-/]\d\d[ T]\d\d:\d\d:\d\d(?:[.,]\d+)?Z? )?([A-Za-z][\w.-]*?)(?:[-_]\d+(?:_[0-9a-f]{8,})?)?\s+\|(?: |$)/;
const journald = /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]+ [\w./@-]+(?:\[\d+\])?: /;
const anyTime = /\b(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?/;

/** Longer lines are dumps of something, and no message. */
const lengthLimit = 4000;

/** Takes the wrapping off a log: colours, control characters, Compose's, journald's and the engine's prefixes, JSON, escaped quotes. */
export function normaliseLines(raw: readonly string[]): LogLine[] {
	return raw.flatMap(line => line.split('\n')).flatMap(line => normaliseLine(line.slice(0, lengthLimit)));
}

function normaliseLine(raw: string): LogLine[] {
	let text = raw.replaceAll(ansi, '').replace(/\r+$/, '').replaceAll('\r', '\\r').replaceAll(otherControls, '');
	let container: string | null = null;
	let time: number | null = null;
	const prefix = composePrefix.exec(text);
	if (prefix) {
		container = prefix[1] ?? null;
		text = text.slice(prefix[0].length);
	}

	text = text.replace(journald, '');
	const stamp = dockerTime.exec(text);
	if (stamp && stamp[0].length < text.length) {
		time = parseTime(stamp[1] ?? '');
		text = text.slice(stamp[0].length);
	}

	time ??= findTime(text);
	return unwrap(text).map(part => ({text: part, time, container}));
}

function findTime(text: string): number | null {
	const match = anyTime.exec(text.slice(0, 80));
	return match ? parseTime(`${match[1]}T${match[2]}.${(match[3] ?? '0').slice(0, 3)}Z`) : null;
}

function parseTime(text: string): number | null {
	const time = Date.parse(text);
	return Number.isNaN(time) ? null : time;
}

function unwrap(text: string): string[] {
	const trimmed = text.trim();
	if (trimmed.startsWith('{') && trimmed.endsWith('}')) {
		const object = parseObject(trimmed);
		if (object) return describeObject(object).flatMap(part => part.split('\n'));
	}

	if (!/\\+["n]/.test(text)) return [text];
	return unescapeText(text).split('\n');
}

/** `\"` and `\n` as they stand in JSON inside of text, escaped once or more often. */
function unescapeText(text: string): string {
	if (!/\\+"|[}\]'"]/.test(text)) return text;
	return text
		.replaceAll(/\\+"/g, '"')
		.replaceAll(/\\+n(?=[A-Z\s[({"'/]|$|[a-z]+ )/g, '\n')
		.replaceAll(/\\+t/g, ' ');
}

function parseObject(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null && !Array.isArray(value)
			? (value as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}

const messageKeys = new Set([
	'msg',
	'message',
	'event',
	'log',
	'error',
	'err',
	'MESSAGE',
	'textPayload',
	'exception',
	'stack',
	'text',
]);

/** The texts of a JSON log entry: messages as they are, other fields as `name: value`; a socket error of Node as Node prints it. */
function describeObject(object: Record<string, unknown>, depth = 0): string[] {
	const parts: string[] = [];
	const {code, address, port, syscall} = object;
	if (typeof code === 'string' && typeof address === 'string') {
		parts.push(`${typeof syscall === 'string' ? syscall : 'connect'} ${code} ${address}:${String(port ?? '')}`);
	}

	for (const [name, value] of Object.entries(object)) {
		if (typeof value === 'string') parts.push(messageKeys.has(name) ? value.trimEnd() : `${name}: ${value.trimEnd()}`);
		else if (typeof value === 'number' || typeof value === 'boolean') parts.push(`${name}: ${value}`);
		else if (Array.isArray(value)) parts.push(...value.flatMap(item => describeItem(item, depth)));
		else if (value !== null && depth < 4) parts.push(...describeObject(value as Record<string, unknown>, depth + 1));
	}

	return parts;
}

function describeItem(item: unknown, depth: number): string[] {
	if (typeof item === 'string') return [item];
	return typeof item === 'object' && item !== null && depth < 4
		? describeObject(item as Record<string, unknown>, depth + 1)
		: [];
}

const serverStart = /LOG:\s+starting PostgreSQL \d/;
const serverReady = /database system is ready to accept connections/;
const initDone = /PostgreSQL init process complete; ready for start up/;

/**
 * The lines that speak about now. Of a service that runs to serve: since its last start (by time where it is known);
 * of a server that became ready: since the start that led there, so that first-run noise and a survived crash stay out.
 * Of a crashing one that was seen between two ends all runs speak: this one has not come to what ends it.
 * A one-shot keeps its first run: its earliest error is the cause of the later ones.
 */
export function cutAtLastStart(
	lines: readonly LogLine[],
	service: {
		readonly role?: string | null | undefined;
		readonly state?: string | null | undefined;
		readonly startedAt?: string | null | undefined;
		readonly finishedAt?: string | null | undefined;
	},
): readonly LogLine[] {
	if (service.role === 'migrate') return lines;
	const started = Date.parse(service.startedAt ?? '');
	const isBetweenEnds = service.state === 'restarting' && Date.parse(service.finishedAt ?? '') < started;
	const since =
		Number.isNaN(started) || isBetweenEnds
			? lines
			: lines.filter((_line, index) => timeAt(lines, index) === null || (timeAt(lines, index) ?? 0) >= started - 1000);
	const kept = since.length > 0 ? since : lines;
	if (service.role !== 'database') return kept;
	const ready = kept.findLastIndex(line => serverReady.test(line.text));
	if (ready < 0) return kept;
	const init = kept.findLastIndex((line, index) => index < ready && initDone.test(line.text));
	const start = kept.findLastIndex((line, index) => index < ready && serverStart.test(line.text));
	return kept.slice(Math.max(init, start, 0));
}

/** Lines without a time belong to the last one that had it. */
function timeAt(lines: readonly LogLine[], index: number): number | null {
	for (let at = index; at >= 0 && at > index - 50; at--) {
		const time = lines[at]?.time;
		if (time !== null && time !== undefined) return time;
	}

	return null;
}
