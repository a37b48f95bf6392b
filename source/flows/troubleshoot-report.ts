import {diagnose, type EvidenceLine, type Finding} from '../diagnosis/diagnose.js';
import type {Evidence} from '../diagnosis/evidence.js';
import {mostTellingLines} from '../diagnosis/telling-lines.js';
import {isBroken} from '../diagnosis/view.js';
import {hasRemedy} from './fix/remedies.js';

/** A finding whose fixes say which of them Lifeboat can carry out (`--fix ID`); the others are steps for a person. */
export type ReportedFinding = Omit<Finding, 'fixes'> & {
	readonly fixes: readonly (Finding['fixes'][number] & {readonly applicable: boolean})[];
};

/** The answer of `troubleshoot`, on a live stack and on an evidence file alike. */
export type TroubleshootReport = {
	/** True when nothing was found and nothing is down. */
	readonly ok: boolean;
	readonly project: string | null;
	/** Most likely cause first. */
	readonly findings: readonly ReportedFinding[];
	/** Services that are down although no cause fits. */
	readonly unexplained: readonly string[];
	/** What looks most telling when no cause fits; empty otherwise. */
	readonly tellingLines: readonly EvidenceLine[];
};

/** `isLive` is false for an evidence file: nothing can be repaired from there. */
export function reportTroubles(evidence: Evidence, {isLive = true} = {}): TroubleshootReport {
	const findings = diagnose(evidence).map(finding => ({
		...finding,
		fixes: finding.fixes.map(fix => ({...fix, applicable: isLive && hasRemedy(fix.id)})),
	}));
	const down = evidence.services.filter(isBroken).map(service => service.service);
	const unexplained = findings.length === 0 ? down : [];
	return {
		ok: findings.length === 0 && down.length === 0,
		project: evidence.project ?? null,
		findings,
		unexplained,
		tellingLines: findings.length === 0 ? mostTellingLines(evidence) : [],
	};
}

/** Exit code 4 when there is something to repair. */
export function exitCodeOf(report: TroubleshootReport): number {
	return report.ok ? 0 : 4;
}
