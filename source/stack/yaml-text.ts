import {type Document, isScalar, type Node, parseDocument, type YAMLMap} from 'yaml';

/** A piece of a text that is replaced. */
export type Splice = {readonly from: number; readonly to: number; readonly text: string};

/** Reads a compose file as Compose does, with the positions of everything in it. Damaged ones are read as far as they go. */
export function parseYaml(text: string): Document.Parsed {
	return parseDocument(text, {merge: true, uniqueKeys: false, strict: false, logLevel: 'silent'});
}

/** Makes replacements that do not overlap; everything else stays as it was. */
export function applySplices(text: string, splices: readonly Splice[]): string {
	return [...splices]
		.sort((a, b) => b.from - a.from)
		.reduce((edited, {from, to, text: piece}) => edited.slice(0, from) + piece + edited.slice(to), text);
}

/** Puts lines before the first key of a block map; undefined for another map. */
export function insertFirst(
	text: string,
	map: YAMLMap,
	lines: (indent: string) => string,
): readonly Splice[] | undefined {
	const key = map.items[0]?.key;
	if (map.flow || !isScalar(key) || !key.range) return undefined;
	const [from] = key.range;
	return [{from, to: from, text: lines(indentOf(text, from))}];
}

export function endOf(node: Node | undefined): number | undefined {
	return node?.range?.[1];
}

/** The spaces at the begin of the line of a position. */
export function indentOf(text: string, position: number): string {
	return /^[ ]*/.exec(text.slice(startOfLine(text, position), position))?.[0] ?? '';
}

export function startOfLine(text: string, position: number): number {
	return text.lastIndexOf('\n', position - 1) + 1;
}

/** Where the line of a position ends, before its line end. */
export function endOfLine(text: string, position: number): number {
	const end = text.indexOf('\n', position);
	if (end === -1) return text.length;
	return text[end - 1] === '\r' ? end - 1 : end;
}
