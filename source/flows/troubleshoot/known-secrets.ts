import {hostname} from 'node:os';
import {resolve} from 'node:path';
import type {Evidence} from '../../diagnosis/evidence.js';
import {isPublicHost} from '../../diagnosis/target.js';
import {collectSecrets} from '../../redaction.js';
import type {Services} from '../../services.js';
import {parseComposeModel} from '../../stack/compose-model.js';
import {envFileValues, readEnvFile} from '../../stack/env-file.js';
import {readText} from '../../stack/load-stack.js';
import type {Stack} from '../../stack/stack.js';
import {readEnvironments, readSecretValues} from '../backup/read-secrets.js';
import {optional} from './optional.js';

/**
 * Every secret that the stack's files hold, whether a container has it or not: for a log may repeat any of them.
 * Values of env files both as they stand there and as Compose reads them, environments, files of secrets. Never to be shown.
 */
export async function collectKnownSecrets(
	stack: Stack,
	services: Pick<Services, 'compose' | 'docker' | 'environment'>,
	signal: AbortSignal,
): Promise<readonly string[]> {
	const [values, environments, contents, literals] = await Promise.all([
		readSecretValues(stack, services, signal),
		readEnvironments(stack, services, signal),
		Promise.all(stack.envFiles.map(file => readText(resolve(stack.directory, file)))),
		readLiterals(stack, services, signal),
	]);
	const texts = contents.filter(text => text !== undefined);
	const raw = texts.flatMap(text =>
		readEnvFile(text).map(entry => [entry.name, entry.raw.replace(/^(["'])(.*)\1$/s, '$2')]),
	);
	const files = Object.entries(values).filter(([name]) => stack.secretFiles.includes(name));
	// Together, so that a password which is also the name of the user or the database does not take those names away.
	const together = Object.assign({}, ...Object.values(environments), values);
	const found = [
		...files.flatMap(([, value]) => [value, ...value.split('\n')]),
		...collectSecrets(together),
		...Object.values(environments).flatMap(collectSecrets),
		...texts.flatMap(text => collectSecrets(envFileValues(text, services.environment))),
		...collectSecrets(Object.fromEntries(raw)),
		...literals,
	];
	return [...new Set(found.map(value => value.trim()).filter(value => value.length >= 4))];
}

/** What stands in labels, commands, health checks and build arguments. */
async function readLiterals(
	stack: Stack,
	{compose}: Pick<Services, 'compose'>,
	signal: AbortSignal,
): Promise<readonly string[]> {
	const config = await optional(compose.config(stack.target, {}, signal), undefined, signal);
	if (config === undefined) return [];
	return parseComposeModel(config.model).services.flatMap(({labels, build, command, entrypoint, healthTest}) => [
		...collectSecrets(labels),
		...collectSecrets(build?.args ?? {}),
		...collectSecrets({command: ` ${[...entrypoint, ...command].join(' ')}`, health: ` ${healthTest.join(' ')}`}),
	]);
}

const hostInUrl = /\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@]*@)?([\w.-]+\.[a-z]{2,})/gi;

/** Names by which this machine and its services can be found from elsewhere: its own, and every public host that a variable or the user names. */
export function findOwnHosts(evidence: Evidence): readonly string[] {
	const texts = [
		evidence.publicUrl ?? '',
		...evidence.services.flatMap(service => Object.values(service.environment)),
		...evidence.probes.map(probe => probe.host ?? ''),
	];
	const named = texts.flatMap(text => [
		...[...text.matchAll(hostInUrl)].flatMap(match => match[1] ?? []),
		...(/^[\w.-]+\.[a-z]{2,}$/i.test(text) ? [text] : []),
	]);
	return [...new Set([hostname(), ...named.filter(isPublicHost)])].filter(host => host !== 'localhost');
}
