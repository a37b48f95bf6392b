import type {Cause} from '../cause.js';
import {variableMissing} from '../families/variable-missing.js';
import {applyEnvironment, loadEnvFile} from '../fixes/environment.js';
import {log} from '../pattern.js';
import {isOptionalVariable, kindOfVariable} from '../variables.js';
import {isTroubled} from '../view.js';

export const envNotLoaded: Cause = {
	label: 'env-not-loaded',
	layer: 'compose',
	signatures: [
		{
			match: log`The "?(?<variable>\w+)"? variable is not set\b(?:\. Defaulting to a blank string)?`,
			certainty: ({captures}) =>
				harmless.has(captures['variable'] ?? '') || !looksChosen(captures['variable'] ?? '') ? 0 : 0.85,
		},
		{match: log`required variable (?<variable>\w+) is missing a value`, certainty: 0.95},
		{match: log`Missing mandatory value for "(?:environment|[\w.]+)" option interpolating`, certainty: 0.95},
		{
			match: log`env file [^\n]{1,300} not found|Couldn't find env file|env_file [^\n]{0,200}(?:not found|no such file)|open [^\n]{1,200}\.env[\w.]*: (?:no such file|The system cannot find)|failed to read [^\n]{0,200}\.env`,
			certainty: 0.95,
		},
		{
			match: log`No port specified: [^\n]*<empty>|invalid (?:hostPort|containerPort|port): ?(?:""|$)|invalid (?:reference format|spec: :)|empty section between colons`,
			certainty: 0.7,
		},
		{
			match: variableMissing,
			certainty: match =>
				kindOfVariable(match.captures['variable']) === 'other' && !isOptionalVariable(match) ? 0.45 : 0,
		},
		{
			match: log`\.env(?: file)? (?:not found|is missing|does not exist|could not be (?:found|loaded|read))|(?:no|missing) \.env file`,
			certainty: 0.75,
		},
	],
	look: view => [
		...view.evidence.environmentDrift
			.filter(drift => drift.kind === 'missing' && isTroubled(view, drift.service))
			.map(drift => ({
				service: drift.service,
				certainty: 0.7,
				source: `environment of ${drift.service}`,
				text: `${drift.variable} stands in the env file, but not in the container`,
				captures: {variable: drift.variable},
			})),
		...view.evidence.environmentDrift
			.filter(
				({kind, service, variable}) =>
					kind === 'changed' && telling.has(kindOfVariable(variable)) && isTroubled(view, service),
			)
			.map(({service, variable}) => ({
				service,
				certainty: 0.7,
				source: `environment of ${service}`,
				text: `${variable} in the container is not what the files say now: they were edited after it was made`,
				captures: {variable, edited: service},
			})),
		...view.evidence.edited
			.filter(({service}) => isTroubled(view, service))
			.map(({service, file}) => ({
				service,
				certainty: 0.65,
				source: file === null || file === undefined ? 'compose files' : file,
				text: `${service} is defined otherwise now than its container was made: the files were edited after it`,
				captures: {edited: service},
			})),
		...view.evidence.envFiles
			.filter(file => file.exists === false && isTroubled(view))
			.map(file => ({service: null, certainty: 0.6, source: 'env files', text: `${file.path} is not there`})),
	],
	explains: [
		'db-superuser-password-missing',
		'secret-missing',
		'db-url-missing',
		'db-url-malformed',
		'db-password-missing',
		'public-url-malformed',
		'db-auth-failed',
	],
	explain: ({captures}) =>
		captures['edited']
			? `${captures['edited']} still has the earlier ${captures['variable'] ? `value of ${captures['variable']}` : 'definition'}: the files were edited after its container was made, and a restart does not change that.`
			: `${captures['variable'] ?? 'A value'} is used by the compose file, but Compose finds no value: the env file has another name, lies in another folder, or lacks the line.`,
	fixes: situation => [situation.captures['edited'] ? applyEnvironment(situation) : loadEnvFile(situation)],
};

/** What a service fails by when it is wrong. */
const telling: ReadonlySet<string> = new Set(['database-url', 'secret', 'public-url', 'cache']);

/** Blank on purpose in most files. */
const harmless = new Set([
	'UID',
	'GID',
	'PUID',
	'PGID',
	'USER',
	'DISPLAY',
	'HOSTNAME',
	'http_proxy',
	'https_proxy',
	'no_proxy',
	'HTTP_PROXY',
	'HTTPS_PROXY',
	'NO_PROXY',
]);

/** A name that somebody chose: capitals or words. What does not look so is the tail of a value with a $. */
export function looksChosen(name: string): boolean {
	if (/^[A-Z][A-Z0-9_]{2,}$/.test(name)) return !/^[A-Z0-9]{3,}$/.test(name) || !/\d[A-Z]|[A-Z]\d[A-Z]/.test(name);
	return /^[a-z]+(?:_[a-z]+)+$/.test(name);
}
