import {resolve} from 'node:path';
import type {EvidenceInput} from '../../diagnosis/evidence.js';
import {measureSecret} from '../../diagnosis/secret-facts.js';
import {isSecretName} from '../../redaction.js';
import type {ComposeModel} from '../../stack/compose-model.js';
import {readEnvFile} from '../../stack/env-file.js';
import {readText} from '../../stack/load-stack.js';
import type {Stack} from '../../stack/stack.js';
import {findSwallowed} from '../../stack/swallowed-dollars.js';
import type {GatheredService} from './gather-services.js';

type EnvFile = NonNullable<EvidenceInput['envFiles']>[number];
type Finding = NonNullable<EnvFile['findings']>[number];
type Drift = NonNullable<EvidenceInput['environmentDrift']>[number];

/** The env files of the stack with what makes a value arrive otherwise than it was meant. Names and lines, never values. */
export async function readEnvFiles(
	stack: Stack,
	environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly EnvFile[]> {
	return Promise.all(
		stack.envFiles.map(async path => {
			const text = await readText(resolve(stack.directory, path));
			return text === undefined
				? {path, exists: false}
				: {path, exists: true, findings: judge(path, text, environment)};
		}),
	);
}

function judge(path: string, text: string, environment: Readonly<Record<string, string | undefined>>): Finding[] {
	const entries = readEnvFile(text, environment);
	const lines = text.split('\n');
	const lineOf = (name: string) => entries.find(entry => entry.name === name)?.line;
	const crlf = lines.findIndex(line => line.endsWith('\r'));
	return [
		...(text.startsWith('\uFEFF') ? [{line: 1, kind: 'bom', message: 'the file begins with a byte order mark'}] : []),
		...(crlf < 0 ? [] : [{line: crlf + 1, kind: 'crlf', message: 'the lines end in CR LF, as Windows writes them'}]),
		...findSwallowed(path, text, environment).map(({name}) => ({
			line: lineOf(name),
			variable: name,
			kind: 'dollar',
			message: `the value of ${name} holds a $ that Compose takes for a variable, which is not set`,
		})),
		...entries
			.filter(({raw, quote}) => quote === null && /^["']/.test(raw))
			.map(({name, line}) => ({
				line,
				variable: name,
				kind: 'quote',
				message: `the quote before ${name}'s value is not closed`,
			})),
		...entries
			.filter(entry => entry.quote === null && isCut(text.slice(entry.rawEnd, entry.end)) && isSecretName(entry.name))
			.map(({name, line}) => ({
				line,
				variable: name,
				kind: 'comment',
				message: `what follows # after ${name}'s value is a comment`,
			})),
	];
}

/** Compose's warnings without the pieces of passwords that it takes for names of variables. */
export async function hidePieces(
	stack: Stack,
	lines: readonly string[],
	environment: Readonly<Record<string, string | undefined>>,
): Promise<readonly string[]> {
	if (!lines.some(line => line.includes('variable is not set'))) return lines;
	const paths = [...stack.envFiles, ...stack.composeFiles].map(path => resolve(stack.directory, path));
	const texts = await Promise.all(paths.map(readText));
	const pieces = new Set(
		texts.flatMap((text, index) =>
			text === undefined ? [] : findSwallowed(paths[index] ?? '', text, environment).map(({variable}) => variable),
		),
	);
	return lines.map(line =>
		line.replace(/The (\\?"?)(\w+)(\\?"?) variable is not set/, (whole, open, name, close) =>
			pieces.has(name) ? `The ${open}***${close} variable is not set` : whole,
		),
	);
}

/** A `#` glued to what follows is rather part of a password than a comment. */
const isCut = (rest: string) => /^\s+#\S/.test(rest);

/** Variables whose value in the container is not what the files give now: edited since, and not made anew. */
export function findDrift(model: ComposeModel | null, gathered: readonly GatheredService[]): readonly Drift[] {
	return (model?.services ?? []).flatMap(({name, environment}) => {
		const container = gathered.find(one => one.service === name && one.container !== undefined);
		const got = container?.environment;
		if (!got) return [];
		return Object.entries(environment).flatMap(([variable, value]) => {
			if (value === null || got[variable] === value) return [];
			return [{service: name, variable, kind: got[variable] === undefined ? 'missing' : 'changed'}];
		});
	});
}

/** Length and strength of the secrets that the containers have. */
export function measureSecrets(gathered: readonly GatheredService[]): EvidenceInput['secrets'] {
	return gathered.flatMap(({service, environment}) =>
		Object.entries(environment ?? {}).flatMap(([variable, value]) =>
			typeof value === 'string' && !value.includes('://') && isSecretName(variable, value)
				? [{service, variable, ...measureSecret(value)}]
				: [],
		),
	);
}
