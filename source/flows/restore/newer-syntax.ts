import type {ArchiveToc} from '../../postgres/archive.js';

/** Something in a dump that servers before major version `since` do not know. */
export type NewerFeature = {readonly what: string; readonly since: number; readonly object: string};

/** Words of definitions by the version that has them first (release notes, appendix E of the manual). What stands in quotes is not looked at. */
const features: readonly (readonly [pattern: RegExp, what: string, since: number])[] = [
	[/\bGENERATED ALWAYS AS \((?![^\n]*\) STORED\b)[^\n]*\)/, 'a virtual generated column', 18],
	[/\bNOT ENFORCED\b/, 'a constraint that is not enforced', 18],
	[/\bWITHOUT OVERLAPS\b|\bPERIOD [a-z_"]/, 'a temporal constraint', 18],
	[/\b(?:GRANT|REVOKE) [^;]*\bMAINTAIN\b/, 'the privilege MAINTAIN', 17],
	[/\bJSON_TABLE\s*\(/, 'JSON_TABLE', 17],
	[/\bNULLS NOT DISTINCT\b/, 'NULLS NOT DISTINCT', 15],
	[/\bsecurity_invoker\b/, 'a view with security_invoker', 15],
	[/\bSUBSCRIPTION\b.*\btwo_phase\b/, 'a subscription with two phases', 15],
];

/** What older servers will refuse, each once, with the first object that has it. */
export function findNewerFeatures(toc: ArchiveToc): readonly NewerFeature[] {
	const found = new Map<string, NewerFeature>();
	for (const entry of toc.entries) {
		const text = entry.definition.replaceAll(/'(?:[^']|'')*'/g, "''");
		for (const [pattern, what, since] of features)
			if (!found.has(what) && pattern.test(text))
				found.set(what, {what, since, object: `${entry.schema === null ? '' : `${entry.schema}.`}${entry.name}`});
	}

	return [...found.values()];
}
