import type {Cause} from '../cause.js';
import {unquoteValue} from '../fixes/environment.js';
import {log} from '../pattern.js';
import {kindOfVariable} from '../variables.js';
import {isTroubled} from '../view.js';
import {looksChosen} from './env-not-loaded.js';

export const envValueGarbled: Cause = {
	label: 'env-value-garbled',
	layer: 'compose',
	signatures: [
		{
			match: log`The "?(?<variable>\w+)"? variable is not set\b(?:\. Defaulting to a blank string)?`,
			certainty: ({captures}) =>
				looksChosen(captures['variable'] ?? '') || /^[A-Z]{2,4}$/.test(captures['variable'] ?? '') ? 0 : 0.88,
		},
		{
			match: log`(?:binary_to_integer|String\.to_integer|invalid literal for int\(\)|strconv\.\w+: parsing|parseInt|NumberFormatException|invalid port|invalid value|ECONNREFUSED|ENOTFOUND|not a number)[^\n]{0,60}\$\{\w+`,
			certainty: 0.93,
		},
		{match: log`\$\{\w+:?-[^}\n]*\}`, certainty: ({source}) => (source.kind === 'log' ? 0.62 : 0)},
		{
			match: log`\.env[\w.]*: line \d+: [^\n]{1,80}: (?:command not found|unbound variable|No such file or directory|syntax error)`,
			certainty: 0.93,
		},
		{match: log`line \d+: [^\n]{1,60}: unbound variable`, certainty: 0.8},
		{
			match: log`failed to read [^\n]*\.env[\w.]*: line \d+|unexpected character "[^"]*" in variable name|unterminated quoted value`,
			certainty: 0.93,
		},
		{
			match: log`Invalid interpolation format|Invalid template: "|invalid interpolation format for (?![^\n]*required variable)`,
			certainty: 0.85,
		},
		{match: log`(?:host(?: name)?|user|role|database|for user|value)[^\n]{0,20}["'][^"'\n]*\\r["']`, certainty: 0.9},
		{
			match: log`invalid (?:literal|value|integer|boolean|number|option)[^\n]{0,60}(?:''[^'\n]+''|"'[^\n]*'"|'"[^\n]*"'|\\r|#)`,
			certainty: 0.85,
		},
	],
	look: view =>
		view.evidence.envFiles.flatMap(file =>
			file.findings
				.filter(finding => isTroubled(view) && ['crlf', 'bom', 'dollar', 'comment', 'quote'].includes(finding.kind))
				.map(finding => ({
					service: null,
					certainty: weighFinding(finding.kind, kindOfVariable(finding.variable ?? undefined)),
					source: file.path,
					text: `line ${finding.line ?? '?'}: ${finding.message ?? finding.kind}`,
					captures: finding.variable ? {variable: finding.variable} : {},
				})),
		),
	explains: ['db-auth-failed', 'db-auth-stale-volume', 'db-url-malformed', 'db-superuser-password-missing'],
	explain: ({captures}) =>
		`A value reaches the process changed: a $ was taken for a variable${captures['variable'] ? ` (${captures['variable']})` : ''}, quotes, a comment or a carriage return stayed in, or a \${…} was taken literally.`,
	fixes: situation => [unquoteValue(situation)],
};

/** A $ that Compose swallowed in a password changes it for certain. */
function weighFinding(kind: string, variable: ReturnType<typeof kindOfVariable>): number {
	if (!['database-url', 'secret'].includes(variable)) return 0.45;
	return kind === 'dollar' ? 0.92 : 0.75;
}
