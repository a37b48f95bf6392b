import {isMap, isScalar, isSeq, type Node, type Scalar, type YAMLMap, type YAMLSeq} from 'yaml';
import {applySplices, endOf, endOfLine, indentOf, insertFirst, parseYaml, type Splice} from './yaml-text.js';

/** A volume of the file's top-level `volumes`; `name` makes it one that exists already under that name. */
export type VolumeDeclaration = {readonly key: string; readonly name: string | null};

/** What a compose file shall say about a database service. */
export type ServiceEdit = {
	readonly service: string;
	readonly image: string | null;
	/** `replaces` is the target of the mount whose place it takes; a service that has none there gets one more. */
	readonly mount: {readonly replaces: readonly string[]; readonly source: string; readonly target: string} | null;
	readonly volume: VolumeDeclaration | null;
};

/** What of an edit a file holds itself: what it does not hold must be changed elsewhere. */
export type Holds = {readonly service: boolean; readonly image: boolean; readonly mount: boolean};

/** Which parts of an edit this file has its own words for. Anchors, merges and other files count as elsewhere. */
export function findHolds(text: string, edit: ServiceEdit): Holds {
	const service = findService(text, edit.service);
	return {
		service: service !== undefined,
		image: service !== undefined && scalarOf(service, 'image') !== undefined,
		mount: service !== undefined && edit.mount !== null && findMount(service, edit.mount.replaces) !== undefined,
	};
}

/** Image and source of the data mount as a file writes them, for an edit that brings them back; null for what it does not write itself. */
export function readWords(
	text: string,
	service: string,
	targets: readonly string[],
): {readonly image: string | null; readonly mount: {readonly source: string; readonly target: string} | null} {
	const map = findService(text, service);
	const image = map === undefined ? undefined : scalarOf(map, 'image');
	const mount = map === undefined ? undefined : findMount(map, targets);
	const parts = isScalar(mount) ? splitMount(String(mount.value)) : [];
	const [source, target] = isMap(mount) ? [mount.get('source'), mount.get('target')] : parts;
	return {
		image: image === undefined ? null : String(image.value),
		mount: source === undefined || target === undefined ? null : {source: String(source), target: String(target)},
	};
}

/**
 * The text of a compose file with an edit made in it, everything else as it was: comments, quotes, order, line ends.
 * Undefined when the file does not have the service as a plain map, so that the change must be made in a file of its own.
 */
export function editService(text: string, edit: ServiceEdit): string | undefined {
	const service = findService(text, edit.service);
	if (service === undefined) return undefined;
	const newline = text.includes('\r\n') ? '\r\n' : '\n';
	const splices = [
		edit.image === null ? [] : setImage(text, service, edit.image, newline),
		edit.mount === null ? [] : setMount(text, service, edit.mount, newline),
		edit.volume === null ? [] : declareVolume(text, edit.volume, newline),
	];
	if (splices.some(one => one === undefined)) return undefined;
	return applySplices(
		text,
		splices.flatMap(one => one ?? []),
	);
}

function findRoot(text: string): YAMLMap | undefined {
	const {contents} = parseYaml(text);
	return isMap(contents) ? contents : undefined;
}

function findService(text: string, name: string): YAMLMap | undefined {
	const services = findRoot(text)?.get('services', true);
	const service = isMap(services) ? services.get(name, true) : undefined;
	return isMap(service) && service.range ? service : undefined;
}

function scalarOf(map: YAMLMap, key: string): Scalar | undefined {
	const value = map.get(key, true);
	return isScalar(value) && value.range ? value : undefined;
}

/** Replaces a scalar's text; its quotes stay. */
function replaceScalar(text: string, scalar: Scalar, value: string): Splice {
	const [from = 0, to = 0] = scalar.range ?? [];
	const quote = /["']/.test(text[from] ?? '') ? (text[from] ?? '') : '';
	return {from, to, text: `${quote}${value}${quote}`};
}

function setImage(text: string, service: YAMLMap, image: string, newline: string): readonly Splice[] | undefined {
	const scalar = scalarOf(service, 'image');
	if (scalar !== undefined) return [replaceScalar(text, scalar, image)];
	return insertFirst(text, service, indent => `image: ${image}${newline}${indent}`);
}

function setMount(
	text: string,
	service: YAMLMap,
	mount: NonNullable<ServiceEdit['mount']>,
	newline: string,
): readonly Splice[] | undefined {
	const written = `${mount.source}:${mount.target}`;
	const found = findMount(service, mount.replaces);
	if (isScalar(found)) {
		const options = splitMount(String(found.value))[2];
		const kept = options?.split(',').filter(option => /^[zZ]$/.test(option)) ?? [];
		return [replaceScalar(text, found, [written, ...(kept.length > 0 ? [kept.join(',')] : [])].join(':'))];
	}

	if (isMap(found)) {
		const [source, target] = [scalarOf(found, 'source'), scalarOf(found, 'target')];
		return source && target
			? [replaceScalar(text, source, mount.source), replaceScalar(text, target, mount.target)]
			: undefined;
	}

	const volumes = service.get('volumes', true);
	if (isSeq(volumes) && volumes.range && volumes.items.length > 0) return appendItem(text, volumes, written, newline);
	if (service.has('volumes')) return undefined;
	return insertFirst(text, service, indent => `volumes:${newline}${indent}  - ${written}${newline}${indent}`);
}

function appendItem(text: string, list: YAMLSeq, item: string, newline: string): readonly Splice[] | undefined {
	const last = list.items.at(-1) as Node | undefined;
	const end = endOf(last);
	if (end === undefined) return undefined;
	if (list.flow) return [{from: end, to: end, text: `, "${item}"`}];
	const [start = 0] = list.range ?? [];
	const at = endOfLine(text, end);
	return [{from: at, to: at, text: `${newline}${indentOf(text, start)}- ${item}`}];
}

/** The entry of `volumes` that is mounted at one of the targets. */
function findMount(service: YAMLMap, targets: readonly string[]): Scalar | YAMLMap | undefined {
	const volumes = service.get('volumes', true);
	if (!isSeq(volumes)) return undefined;
	const wanted = new Set(targets.map(trimSlash));
	for (const item of volumes.items) {
		if (isScalar(item) && item.range) {
			const parts = splitMount(String(item.value));
			if (wanted.has(trimSlash(parts[1] ?? parts[0] ?? ''))) return item;
		} else if (isMap(item) && wanted.has(trimSlash(String(item.get('target') ?? '')))) return item;
	}

	return undefined;
}

/** Splits `source:target:mode` at colons that are not inside of `${…}`. */
function splitMount(mount: string): readonly string[] {
	return mount.match(/(?:\$\{[^}]*\}|[^:])+/g) ?? [];
}

const trimSlash = (path: string) => path.replace(/(?<=.)\/+$/, '');

function declareVolume(text: string, volume: VolumeDeclaration, newline: string): readonly Splice[] | undefined {
	const root = findRoot(text);
	if (root === undefined) return undefined;
	const {key, name} = volume;
	const pair = root.items.find(item => isScalar(item.key) && item.key.value === 'volumes');
	const value = pair?.value;
	const block = (indent: string, step: string) =>
		name === null
			? `${indent}${key}:`
			: [`${indent}${key}:`, `${indent}${step}external: true`, `${indent}${step}name: ${name}`].join(newline);
	if (pair === undefined) {
		const gap = text.endsWith('\n') || text === '' ? '' : newline;
		return [
			{from: text.length, to: text.length, text: `${gap}${newline}volumes:${newline}${block('  ', '  ')}${newline}`},
		];
	}

	if (isMap(value) && value.has(key)) return [];
	if (isMap(value) && value.flow && value.range) return [declareInFlow(text, value, volume)];
	const first = isMap(value) ? value.items[0]?.key : undefined;
	const indent = isScalar(first) && first.range ? indentOf(text, first.range[0]) : '  ';
	const end = endOf(isMap(value) ? lastNode(value) : (pair.key as Node));
	if (end === undefined) return undefined;
	const at = endOfLine(text, end);
	return [{from: at, to: at, text: `${newline}${block(indent, indent)}`}];
}

function declareInFlow(text: string, map: YAMLMap, {key, name}: VolumeDeclaration): Splice {
	const [start = 0, end = 0] = map.range ?? [];
	const entry = `${key}: {${name === null ? '' : `external: true, name: ${name}`}}`;
	const inside = text.slice(start + 1, end - 1);
	const at = start + 1 + inside.trimEnd().length;
	return {from: at, to: at, text: map.items.length === 0 ? entry : `, ${entry}`};
}

/** The node that ends last inside of a map: keys without a value count. */
function lastNode(map: YAMLMap): Node | undefined {
	const pair = map.items.at(-1);
	const value = pair?.value as Node | null | undefined;
	if (isMap(value) && !value.flow && value.items.length > 0) return lastNode(value);
	if (isSeq(value) && !value.flow && value.items.length > 0) return value.items.at(-1) as Node;
	const isEmpty = !value?.range || value.range[0] === value.range[1];
	return isEmpty ? (pair?.key as Node | undefined) : value;
}
