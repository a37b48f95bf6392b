import {collectSecrets, type RedactOptions, redactLines, redactText, redactValue} from '../redaction.js';
import type {Evidence} from './evidence.js';

/**
 * The evidence without secrets, for the support bundle: environment values by name and by value, and every text anywhere in it.
 * `knownSecrets` are further values (from env files and secret files) that must not appear.
 */
export function redactEvidence(
	evidence: Evidence,
	knownSecrets: readonly string[] = [],
	options: RedactOptions = {},
): Evidence {
	const secrets = [
		...new Set([...knownSecrets, ...evidence.services.flatMap(service => collectSecrets(service.environment))]),
	].sort((a, b) => b.length - a.length);
	const {services, ...rest} = evidence;
	const clean = redactDeep(rest, secrets, options);
	return {
		...clean,
		services: services.map(({environment, log, earlierLogs, ...service}) => ({
			...redactDeep(service, secrets, options),
			environment: Object.fromEntries(
				Object.entries(environment).map(([name, value]) => [name, redactValue(name, value, secrets, options)]),
			),
			log: redactLines(log, secrets, options),
			earlierLogs: earlierLogs.map(lines => redactLines(lines, secrets, options)),
		})),
	};
}

/** Every text in a value; lists of texts together, so that what runs over several lines is found. */
function redactDeep<Value>(value: Value, secrets: readonly string[], options: RedactOptions): Value {
	return walk(value, secrets, options) as Value;
}

function walk(value: unknown, secrets: readonly string[], options: RedactOptions): unknown {
	if (typeof value === 'string') return redactText(value, secrets, options);
	if (Array.isArray(value)) {
		return value.length > 0 && value.every(item => typeof item === 'string')
			? redactLines(value, secrets, options)
			: value.map(item => walk(item, secrets, options));
	}

	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(
		Object.entries(value).map(([name, item]) => [
			name,
			typeof item === 'string' ? redactValue(name, item, secrets, options) : walk(item, secrets, options),
		]),
	);
}
