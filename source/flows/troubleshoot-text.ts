import type {ReportedFinding, TroubleshootReport} from './troubleshoot-report.js';

/** The report in prose, one line an element. Without `steps` it is for somebody whose stack is taken back: what to do comes before the next try. */
export function describeReport(report: TroubleshootReport, {steps = true} = {}): readonly string[] {
	if (report.findings.length > 0)
		return report.findings.flatMap((finding, index) => describeFinding(finding, index, steps));
	if (report.ok) return ['No problem found.'];
	return [
		`No known cause fits${report.unexplained.length > 0 ? `, but these are down: ${report.unexplained.join(', ')}` : ''}.`,
		...(report.tellingLines.length > 0 ? ['The lines that look most telling:'] : []),
		...report.tellingLines.map(({source, text}) => `  ${source}: ${text}`),
	];
}

const confidence = {high: '', medium: ' (likely)', low: ' (possible)'} as const;

function describeFinding(finding: ReportedFinding, index: number, steps: boolean): string[] {
	return [
		...(index > 0 ? [''] : []),
		`${index + 1}. ${finding.cause}${finding.service === null ? '' : ` in ${finding.service}`}${confidence[finding.confidence]}`,
		`   ${finding.summary}`,
		...finding.evidence.map(({source, text}) => `   > ${source}: ${text}`),
		...finding.consequences.map(other => `   Follows from it: ${other.summary}`),
		...(steps ? describeFixes(finding) : finding.fixes.slice(0, 1).map(fix => `   Before the next try: ${fix.title}`)),
	];
}

function describeFixes({fixes}: ReportedFinding): string[] {
	return fixes.flatMap(fix => [
		`   What to do: ${fix.title}${fix.destructive ? ' (can lose data)' : ''} [${fix.id}]`,
		...(fix.applicable ? [`     Lifeboat can do it: lifeboat troubleshoot --fix ${fix.id}`] : []),
		...fix.steps.map((step, number) => `     ${number + 1}. ${step}`),
	]);
}
