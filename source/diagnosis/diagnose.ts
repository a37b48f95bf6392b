import {collectSecrets, redactText} from '../redaction.js';
import {type Fix, layers, type Situation} from './cause.js';
import {causes} from './causes.js';
import type {Evidence} from './evidence.js';
import {unknownService} from './fixes/steps.js';
import {type Candidate, findCandidates} from './match.js';
import {isLoopback} from './pattern.js';
import {confidenceOf, rank} from './ranking.js';
import {isPublicHost} from './target.js';
import {isBroken, type View, viewEvidence} from './view.js';

export type EvidenceLine = {readonly source: string; readonly text: string};

/** What is wrong, why we think so, and what to do. Holds no secrets. */
export type Finding = {
	/** Label of the taxonomy. */
	readonly cause: string;
	readonly service: string | null;
	readonly confidence: 'high' | 'medium' | 'low';
	readonly summary: string;
	readonly evidence: readonly EvidenceLine[];
	/** What follows from it and needs no repair of its own. */
	readonly consequences: readonly {
		readonly cause: string | null;
		readonly service: string | null;
		readonly summary: string;
		readonly evidence: readonly EvidenceLine[];
	}[];
	readonly fixes: readonly Fix[];
};

/** A finding with what its words and fixes were made from. Holds secrets: never print it. */
export type Examination = {
	readonly finding: Finding;
	readonly situation: Situation;
	/** Place of the cause in the order of diagnosis, 1 to 9. */
	readonly layer: number;
};

/** Names the causes that the evidence speaks for, most likely first; empty for a healthy stack and for what no cause fits. */
export function diagnose(evidence: Evidence): Finding[] {
	return examine(evidence).map(({finding}) => finding);
}

/** As `diagnose`, with what a fix needs to know. */
export function examine(evidence: Evidence): Examination[] {
	const view = viewEvidence(evidence);
	const secrets = collectAllSecrets(evidence);
	const clean = (text: string) => redactText(text, secrets);
	const ranked = rank(
		causes.flatMap(cause => findCandidates(cause, view)),
		view,
	);
	return ranked.map(({candidate, consequences}, index) => {
		const situation = describeSituation(candidate, view);
		const finding: Finding = {
			cause: candidate.cause.label,
			service: candidate.service,
			confidence: confidenceOf(candidate.certainty),
			summary: clean(capitalise(candidate.cause.explain(situation))),
			evidence: listEvidence(candidate, clean),
			consequences: [
				...consequences.map(other => ({
					cause: other.cause.label,
					service: other.service,
					summary: clean(capitalise(other.cause.explain(describeSituation(other, view)))),
					evidence: listEvidence(other, clean),
				})),
				...(index === 0 ? stoppedServices(candidate, consequences, view) : []),
			],
			fixes: candidate.cause
				.fixes(situation)
				.map(fix => ({...fix, title: clean(fix.title), steps: fix.steps.map(clean)})),
		};
		return {finding, situation, layer: layers[candidate.cause.layer]};
	});
}

/** Every secret value in the environments of an evidence file (when it was not redacted before). */
export function collectAllSecrets(evidence: Evidence): string[] {
	return [...new Set(evidence.services.flatMap(service => collectSecrets(service.environment)))];
}

function describeSituation(candidate: Candidate, view: View): Situation {
	const host = view.connections.find(
		connection =>
			connection.kind === 'database' &&
			connection.host &&
			!isLoopback(connection.host) &&
			!isPublicHost(connection.host) &&
			!/^[\d.:[\]]+$/.test(connection.host),
	)?.host;
	return {
		service: candidate.service ?? candidate.captures['service'] ?? unknownService,
		database: view.databases[0]?.service ?? host ?? 'db',
		captures: candidate.captures,
		view,
	};
}

const evidenceLimit = 4;
const textLimit = 400;

function listEvidence(candidate: Candidate, clean: (text: string) => string): EvidenceLine[] {
	const lines: EvidenceLine[] = [];
	for (const {source, text} of candidate.signs) {
		if (!lines.some(line => line.text === clean(text))) lines.push({source, text: clean(text)});
	}

	for (const match of candidate.matches) {
		const {source, firstLine, lastLine} = match;
		const detail = source.lines
			.slice(lastLine + 1, lastLine + 3)
			.filter(line => /^\s*(?:\S+ ){0,6}(?:DETAIL|HINT):/.test(line.text));
		const text = [...source.lines.slice(firstLine, lastLine + 1), ...detail].map(line => line.text.trim()).join(' ');
		const container = source.lines[firstLine]?.container;
		const shown = {
			source: container && source.kind === 'log' ? `${container} log` : source.name,
			text: clean(text).slice(0, textLimit),
		};
		if (!lines.some(line => shapeOf(line.text) === shapeOf(shown.text))) lines.push(shown);
		if (lines.filter(line => !isFragment.test(line.text)).length >= evidenceLimit) break;
	}

	const full = lines.filter(line => !isFragment.test(line.text));
	return (full.length > 0 ? full : lines).slice(0, evidenceLimit);
}

/** A property of a printed error (`code: '28P01',`): it says nothing that the message beside it does not. */
const isFragment =
	/^(?:(?:code|errno|syscall|severity|routine|address|port|hostname|SQLSTATE)["']?: ?["']?[\w.:-]+["']?(?:, ?|$))+$/i;

/** The same message of another time, process or run says nothing new. */
const shapeOf = (text: string) => text.replaceAll(/[\d:.,-]+/g, '#');

/** Services that are down without a fault of their own, while an earlier layer fails. */
function stoppedServices(candidate: Candidate, consequences: readonly Candidate[], view: View) {
	const spoken = new Set(
		[candidate, ...consequences].flatMap(other => [
			other.service,
			...other.matches.map(match => match.source.service?.service ?? null),
		]),
	);
	return view.services
		.filter(service => isBroken(service) && !spoken.has(service.service))
		.map(service => ({
			cause: null,
			service: service.service,
			summary:
				service.state === 'created'
					? `${service.service} was never started.`
					: `${service.service} is ${service.state}${service.exitCode == null ? '' : ` (exit code ${service.exitCode})`}.`,
			evidence: [],
		}));
}

function capitalise(text: string): string {
	return text.startsWith(unknownService) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
