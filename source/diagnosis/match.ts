import type {Cause, Match, Sign, Signature} from './cause.js';
import type {Captures, Family} from './pattern.js';
import {isDone, lineAt, type Source, type View} from './view.js';

/** A cause that something speaks for, with all that speaks for it. */
export type Candidate = {
	readonly cause: Cause;
	readonly service: string | null;
	readonly certainty: number;
	readonly captures: Captures;
	readonly matches: readonly Match[];
	readonly signs: readonly Sign[];
};

const matchLimit = 40;

/** All places where a pattern or a family stands in a source, in order. */
export function findMatches(source: Source, wanted: Family | RegExp): readonly Match[] {
	const patterns = wanted instanceof RegExp ? [wanted] : wanted.patterns;
	return patterns.flatMap(pattern => matchPattern(source, pattern)).sort((a, b) => a.firstLine - b.firstLine);
}

function matchPattern(source: Source, pattern: RegExp): Match[] {
	const found: Match[] = [];
	for (const match of source.text.matchAll(pattern)) {
		const firstLine = lineAt(source, match.index);
		const lastLine = lineAt(source, match.index + Math.max(0, match[0].length - 1));
		found.push({source, firstLine, lastLine, captures: readGroups(match.groups)});
		if (found.length >= matchLimit) break;
	}

	return found;
}

/** Groups that are set; `host2` counts as `host`. */
function readGroups(groups: Record<string, string | undefined> | undefined): Captures {
	const captures: Record<string, string> = {};
	for (const [name, value] of Object.entries(groups ?? {})) {
		if (value !== undefined && value !== '') captures[name.replace(/\d$/, '')] = value;
	}

	return captures;
}

/** The text of a match with its lines. */
export function matchText(match: Match): string {
	return match.source.lines
		.slice(match.firstLine, match.lastLine + 1)
		.map(line => line.text.trim())
		.join(' ');
}

/** The lines around a match: what stands near decides what a bare error is about. */
export function surroundings(match: Match, before = 3, after = 3): string {
	return match.source.lines
		.slice(Math.max(0, match.firstLine - before), match.lastLine + after + 1)
		.map(line => `${line.container ?? ''} ${line.text}`)
		.join('\n');
}

/** Every candidate for one cause, one per service that shows it. */
export function findCandidates(cause: Cause, view: View): Candidate[] {
	const byService = new Map<string | null, {matches: [Match, number][]; signs: Sign[]}>();
	const at = (service: string | null) => {
		const known = byService.get(service) ?? {matches: [], signs: []};
		byService.set(service, known);
		return known;
	};

	for (const source of view.sources) {
		if (source.service && isDone(source.service)) continue;
		for (const signature of cause.signatures) {
			for (const match of findMatches(source, signature.match)) {
				const certainty = weigh(signature, match, view);
				if (certainty > 0) at(source.service?.service ?? null).matches.push([match, certainty]);
			}
		}
	}

	for (const sign of cause.look?.(view) ?? []) if (sign.certainty > 0) at(sign.service).signs.push(sign);
	return [...byService]
		.filter(([service]) => !cause.isExcluded?.(view, service))
		.map(([service, {matches, signs}]) => {
			const ranked = matches.toSorted((a, b) => b[1] - a[1]);
			const best = Math.max(ranked[0]?.[1] ?? 0, ...signs.map(sign => sign.certainty));
			return {
				cause,
				service,
				certainty: Math.min(0.99, best),
				captures: mergeCaptures([
					...ranked.map(([match]) => match.captures),
					...signs.map(sign => sign.captures ?? {}),
				]),
				matches: ranked.map(([match]) => match),
				signs,
			};
		});
}

function weigh(signature: Signature, match: Match, view: View): number {
	return typeof signature.certainty === 'number' ? signature.certainty : signature.certainty(match, view);
}

/** What the best match tells comes first; others only fill in. */
function mergeCaptures(all: readonly Captures[]): Captures {
	return Object.assign({}, ...all.toReversed());
}
