import {redactText} from '../redaction.js';
import {collectAllSecrets, type EvidenceLine} from './diagnose.js';
import type {Evidence} from './evidence.js';
import {isDown, type Source, viewEvidence} from './view.js';

const weights: readonly (readonly [RegExp, number])[] = [
	[/\b(?:PANIC|FATAL|panic:|Fatal error|CRITICAL|Caused by:|uncaught|unhandled)/i, 6],
	[/\b\w*(?:Error|Exception)\b:?/, 5],
	[
		/\b(?:error|ERR|failed|failure|cannot|can't|could not|unable to|denied|refused|invalid|missing|not found|no such|timed? ?out|abort\w*|exited with code [1-9])\b/i,
		3,
	],
	[/"?level"?[:=] ?"?(?:error|fatal|50|60)/i, 3],
	[/^\s*at |^\s+File "|node_modules|\.go:\d+ \+0x|^\s*from \/|site-packages/, -5],
	[/\b(?:INFO|DEBUG|TRACE|NOTICE|deprecat\w*)\b/i, -3],
	[/\b(?:0|no) (?:errors?|failures?)\b|error(?:s)?[:=] ?0\b|checkpoint|Broken pipe|unexpected EOF on client/i, -6],
];

/** The lines that look most telling when no cause fits, best first, redacted: services that are down come before those that run. */
export function mostTellingLines(evidence: Evidence, limit = 6): EvidenceLine[] {
	const view = viewEvidence(evidence);
	const secrets = collectAllSecrets(evidence);
	const seen = new Set<string>();
	return view.sources
		.flatMap(source =>
			source.lines.map((line, index) => ({source, text: line.text.trim(), score: weigh(source, line.text, index)})),
		)
		.filter(({score}) => score >= 3)
		.toSorted((a, b) => b.score - a.score)
		.filter(({text}) => {
			const shape = text.replaceAll(/[\d:.,-]+/g, '#');
			return seen.has(shape) ? false : seen.add(shape);
		})
		.slice(0, limit)
		.map(({source, text}) => ({source: source.name, text: redactText(text, secrets).slice(0, 400)}));
}

function weigh(source: Source, text: string, index: number): number {
	const down = source.service && isDown(source.service) ? 2 : 0;
	// Whatever its words are: what a service says last before it ends is often the reason.
	const last = down > 0 && index === source.lines.length - 1 ? 3 : 0;
	const words = last + weights.reduce((sum, [pattern, weight]) => sum + (pattern.test(text) ? weight : 0), 0);
	if (words <= 0) return words;
	return words + down + index / Math.max(1, source.lines.length);
}
