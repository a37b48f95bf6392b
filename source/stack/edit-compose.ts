import {isDeepStrictEqual} from 'node:util';
import {type Document, isAlias, isMap, isScalar, isSeq, type Node, type Pair, stringify, type YAMLMap} from 'yaml';
import {AppError} from '../errors.js';
import {applySplices, insertFirst, parseYaml, startOfLine} from './yaml-text.js';

export type ComposeValue = string | number | boolean | readonly ComposeValue[] | {readonly [key: string]: ComposeValue};
export type ComposePath = readonly (string | number)[];

/**
 * Sets one value in the text of a compose file and touches nothing else: comments, order, indentation, anchors and quotes stay as they are.
 * What an anchor or a merge key (`<<`) brings is changed where it is written. Missing maps on the way are made. `environment` in list form
 * (`- NAME=value`) is understood. What comes out is read again before it is believed.
 * Throws AppError fix-failed where the file is written in a way that cannot be edited safely.
 */
export function editCompose(text: string, path: ComposePath, value: ComposeValue): string {
	// Plain where that means the same, in quotes where a bracket or a comma around it would cut it.
	for (const style of ['block', 'flow'] as const) {
		const edited = splice(text, path, value, style);
		if (isDeepStrictEqual(readAt(edited, path), value) && changesNothingElse(text, edited, path, value)) return edited;
	}

	throw cannotEdit(path);
}

/** Whatever differs between the two files holds the new value: the place itself, and what an anchor shares with it. */
function changesNothingElse(before: string, after: string, path: ComposePath, value: ComposeValue): boolean {
	const [old, now] = [leavesOf(load(before)), leavesOf(load(after))];
	const wanted = new Set([...leavesOf(value).values(), `${path.at(-1)}=${value}`]);
	// An item of a list goes under its own text.
	const place = path.slice(0, -1).join('\n');
	return (
		[...now].every(([key, leaf]) => old.get(key) === leaf || wanted.has(leaf)) &&
		[...old.keys()].every(key => now.has(key) || key.startsWith(place) || typeof value === 'object')
	);
}

/** Every value by its path, as text. A list of `NAME=value` may shift. */
function leavesOf(node: unknown, path = ''): Map<string, string> {
	if (node === null && path === '') return new Map();
	if (typeof node !== 'object' || node === null) return new Map([[path, String(node)]]);
	const entries = Array.isArray(node)
		? node.map(item => [typeof item === 'object' ? 'item' : String(item), item])
		: Object.entries(node);
	return new Map(entries.flatMap(([key, inner]) => [...leavesOf(inner, `${path}${path === '' ? '' : '\n'}${key}`)]));
}

/** The value at a path, as Compose reads the file before it fills in variables; undefined when there is none. */
export function readCompose(text: string, path: ComposePath): unknown {
	return readAt(text, path);
}

/** Text of an override file that says just this. */
export function newOverride(path: ComposePath, value: ComposeValue): string {
	return stringify(nest(path, value), {lineWidth: 0});
}

type Style = 'block' | 'flow';

function splice(text: string, path: ComposePath, value: ComposeValue, style: Style): string {
	const document = parseYaml(text);
	if (document.contents === null)
		return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${newOverride(path, value)}`;
	let node: unknown = document.contents;
	for (const [depth, key] of path.entries()) {
		const resolved = resolve(node, document);
		const rest = path.slice(depth + 1);
		if (isSeq(resolved) && typeof key === 'string')
			return spliceListed(text, resolved.items as Node[], key, value, path, style);
		if (!isMap(resolved) && !isSeq(resolved)) throw cannotEdit(path);
		const found = isMap(resolved) ? findPair(resolved, String(key), document)?.value : resolved.items[Number(key)];
		if (found === undefined || (isScalar(found) && found.value === null && rest.length > 0)) {
			if (!isMap(resolved)) throw cannotEdit(path);
			return insert(text, resolved, String(key), rest.length === 0 ? value : nest(rest, value), path);
		}

		node = found;
	}

	const target = resolve(node, document);
	return replace(text, target as Node, value, path, style);
}

function resolve(node: unknown, document: Document): unknown {
	return isAlias(node) ? node.resolve(document) : node;
}

/** The pair of a key, in the map itself or in what it merges. */
function findPair(map: unknown, key: string, document: Document): Pair | undefined {
	if (!isMap(map)) return undefined;
	const own = map.items.find(pair => keyOf(pair) === key);
	if (own !== undefined) return own;
	for (const merge of map.items.filter(pair => keyOf(pair) === '<<')) {
		const from = resolve(merge.value, document);
		for (const source of isSeq(from) ? from.items : [from]) {
			const found = findPair(resolve(source, document), key, document);
			if (found !== undefined) return found;
		}
	}

	return undefined;
}

function keyOf(pair: Pair): string {
	const key = isScalar(pair.key) ? pair.key.value : pair.key;
	// The merge key `<<` is a symbol of that name.
	return typeof key === 'symbol' ? (key.description ?? '') : String(key);
}

function replace(text: string, node: Node, value: ComposeValue, path: ComposePath, style: Style): string {
	const {range} = node;
	if (!range) throw cannotEdit(path);
	const [start, valueEnd] = range;
	const end = start + text.slice(start, valueEnd).trimEnd().length;
	return applySplices(text, [{from: start, to: end, text: inline(value, style, quoteOf(node))}]);
}

type Quote = 'QUOTE_DOUBLE' | 'QUOTE_SINGLE' | 'PLAIN';

function quoteOf(node: Node): Quote {
	if (!isScalar(node)) return 'PLAIN';
	return node.type === 'QUOTE_DOUBLE' || node.type === 'QUOTE_SINGLE' ? node.type : 'PLAIN';
}

/** One line, as it may stand behind `key: `. */
function inline(value: ComposeValue, style: Style, quote: Quote = 'PLAIN'): string {
	return stringify(value, {
		lineWidth: 0,
		...(style === 'flow' || typeof value === 'object' ? {collectionStyle: 'flow' as const} : {}),
		...(typeof value === 'string' ? {defaultStringType: quote} : {}),
	}).trimEnd();
}

/** Adds a key before the first of its map, at the same column. */
function insert(text: string, map: YAMLMap, key: string, value: ComposeValue, path: ComposePath): string {
	const first = map.items[0]?.key as Node | undefined;
	const place = first?.range?.[0] ?? map.range?.[0];
	if (place === undefined) throw cannotEdit(path);
	if (map.flow) {
		const at = first === undefined ? place + 1 : place;
		const entry = `${key}: ${inline(value, 'flow')}${first === undefined ? '' : ', '}`;
		return applySplices(text, [{from: at, to: at, text: entry}]);
	}

	if (text.slice(startOfLine(text, place), place).trim() !== '') throw cannotEdit(path);
	const block = stringify({[key]: value}, {lineWidth: 0}).trimEnd();
	const splices = insertFirst(text, map, indent => `${block.replaceAll('\n', `\n${indent}`)}\n${indent}`);
	if (splices === undefined) throw cannotEdit(path);
	return applySplices(text, splices);
}

/** A variable in a list of `NAME=value`. */
function spliceListed(
	text: string,
	items: readonly Node[],
	key: string,
	value: ComposeValue,
	path: ComposePath,
	style: Style,
): string {
	if (typeof value === 'object' || path.at(-1) !== key) throw cannotEdit(path);
	const entry = `${key}=${value}`;
	const own = items.find(item => isScalar(item) && new RegExp(`^${key}(?:=|$)`).test(String(item.value)));
	if (own !== undefined) return replace(text, own, entry, path, style);
	const place = items[0]?.range?.[0];
	if (place === undefined) throw cannotEdit(path);
	const before = text.slice(startOfLine(text, place), place);
	if (!/^\s*-\s+$/.test(before)) return `${text.slice(0, place)}${inline(entry, 'flow')}, ${text.slice(place)}`;
	return `${text.slice(0, place)}${inline(entry, style)}\n${before}${text.slice(place)}`;
}

function load(text: string): unknown {
	const document = parseYaml(text);
	return document.errors.length > 0 ? undefined : document.toJS({maxAliasCount: 10_000});
}

function readAt(text: string, path: ComposePath): unknown {
	let value = load(text);
	for (const key of path) {
		if (Array.isArray(value) && typeof key === 'string') {
			const entry = value.map(String).find(item => item === key || item.startsWith(`${key}=`));
			return entry === undefined || entry === key ? undefined : entry.slice(key.length + 1);
		}

		if (typeof value !== 'object' || value === null) return undefined;
		value = (value as Record<string, unknown>)[String(key)];
	}

	return value;
}

function nest(path: ComposePath, value: ComposeValue): ComposeValue {
	return path.reduceRight<ComposeValue>((inner, key) => ({[String(key)]: inner}), value);
}

function cannotEdit(path: ComposePath): AppError {
	return new AppError(
		'fix-failed',
		`The compose file is written in a way that cannot be edited safely at ${path.join('.')}`,
		{
			hint: 'Change it by hand',
		},
	);
}
