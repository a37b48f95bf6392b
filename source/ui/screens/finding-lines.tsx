import {blank, heading, type Lines, line, paragraph} from '../components/lines.js';
import type {Symbols} from '../symbols.js';
import {truncate} from '../text.js';
import type {Diagnosis, Finding} from '../wizard.js';

/** How sure the diagnosis is, in words. */
export function describeConfidence(confidence: string): string {
	return {high: 'very likely', medium: 'likely', low: 'possible'}[confidence] ?? confidence;
}

const evidenceShown = 12;

/** A finding in full: what is wrong, why we think so, what follows from it. */
export function findingLines(finding: Finding, width: number, symbols: Symbols): Lines {
	const {summary, service, cause, confidence, explanation, evidence, consequences = []} = finding;
	const where = [service, describeConfidence(confidence), cause].filter(Boolean).join(symbols.separator);
	return [
		...paragraph(summary, width, {bold: true, color: 'red'}, `${symbols.failed} `),
		...paragraph(where, width, {dimColor: true}, '  '),
		...(explanation ? [...blank, ...paragraph(explanation, width)] : []),
		...(evidence.length > 0
			? [...blank, ...heading('What shows it'), ...evidenceLines(evidence.slice(0, evidenceShown), width)]
			: []),
		...(consequences.length > 0
			? [
					...blank,
					...heading('What follows from it'),
					...consequences.flatMap(({service: where, summary: text}) =>
						paragraph(where ? `${where}: ${text}` : text, width, {}, `${symbols.follows} `),
					),
				]
			: []),
	];
}

export function evidenceLines(evidence: Finding['evidence'], width: number): Lines {
	return evidence.flatMap(({source, text}) => [
		...line(truncate(`  ${source}`, width), {dimColor: true}),
		...paragraph(text, width, {}, '    '),
	]);
}

/** What was looked at and found well, or what looks telling when no cause fits. */
export function noFindingLines({checked = [], telling = []}: Diagnosis, width: number, symbols: Symbols): Lines {
	if (telling.length > 0) {
		return [
			...paragraph('No known cause fits.', width, {bold: true, color: 'yellow'}, `${symbols.warning} `),
			...paragraph('These lines look most telling. The support bundle holds the rest, without secrets.', width),
			...blank,
			...evidenceLines(telling, width),
		];
	}

	return [
		...paragraph('No problem found.', width, {bold: true, color: 'green'}, `${symbols.ok} `),
		...(checked.length > 0
			? [...blank, ...heading('Looked at'), ...checked.flatMap(text => paragraph(text, width, {}, `${symbols.ok} `))]
			: []),
	];
}
