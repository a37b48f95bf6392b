import {parse as parseYaml} from 'yaml';
import {parseAdoString} from './connection-pairs.js';
import {type Connection, emptyConnection, parseConnectionString} from './connection-string.js';

/**
 * Every connection string in a text: the whole value, URLs inside command lines and longer values, libpq keywords in quotes,
 * and maps with a host and a user or database inside a YAML or JSON document.
 */
export function findConnectionStrings(text: string): readonly Connection[] {
	const whole = parseConnectionString(text);
	if (whole !== undefined && (whole.form !== 'url' || !/\s/.test(text.trim()))) return [whole];
	const found = [
		...[...text.matchAll(/(?:\b[a-z0-9]+:)?\b[a-z][a-z0-9+._]*:\/\/[^\s'"`<>|\\,]+/gi)].map(match =>
			match[0].replace(/[;)\]}]+$/, ''),
		),
		...[...text.matchAll(/["']([^"'\n]*\bhost=[^"'\n]*\bdbname=[^"'\n]*)["']/gi)].map(match => match[1] ?? ''),
	].flatMap(part => parseConnectionString(part) ?? []);
	const ado = /\b(?:Host|Server)=[^;\s]+;[^\n"']+/i.exec(text);
	const document = found.length > 0 ? [] : findInDocument(text);
	return [
		...found,
		...(ado ? [parseAdoString(ado[0])].filter(connection => connection !== undefined) : []),
		...document,
	];
}

function findInDocument(text: string): readonly Connection[] {
	if (!/[{:]/.test(text) || !/[\n{]/.test(text)) return [];
	let document: unknown;
	try {
		document = parseYaml(text, {logLevel: 'silent'});
	} catch {
		return [];
	}

	return collectMaps(document).flatMap(map => connectionOfMap(map) ?? []);
}

function collectMaps(node: unknown): readonly Readonly<Record<string, unknown>>[] {
	if (Array.isArray(node)) return node.flatMap(collectMaps);
	if (typeof node !== 'object' || node === null) return [];
	const map = node as Readonly<Record<string, unknown>>;
	return [map, ...Object.values(map).flatMap(collectMaps)];
}

function connectionOfMap(map: Readonly<Record<string, unknown>>): Connection | undefined {
	const pick = (...names: readonly string[]) => {
		const value = Object.entries(map).find(([name]) => names.includes(name.toLowerCase()))?.[1];
		return typeof value === 'string' || typeof value === 'number' ? String(value) : null;
	};
	const host = pick('host', 'hostname', 'server');
	const database = pick('dbname', 'database', 'db', 'db_name');
	if (host === null || database === null) return undefined;
	const port = pick('port');
	return {
		...emptyConnection('postgresql', 'parts'),
		host,
		hosts: [host],
		port: port === null ? null : Number(port),
		user: pick('user', 'username'),
		password: pick('password', 'pass', 'pwd'),
		database,
	};
}
