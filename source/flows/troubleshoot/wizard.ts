import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {hasRemedy} from '../fix/remedies.js';
import {createFixFlow} from '../fix.js';
import {type ReportedFinding, reportTroubles} from '../troubleshoot-report.js';
import {gatherEvidence} from './gather.js';

export type LiveDiagnosis = {
	readonly findings: readonly ReportedFinding[];
	readonly checked: readonly string[];
	readonly telling: readonly {readonly source: string; readonly text: string}[];
};

/** Gathers and diagnoses; only reads. */
export async function* diagnoseStack(stack: Stack, services: Services, signal: AbortSignal): Operation<LiveDiagnosis> {
	const evidence = yield* gatherEvidence(stack, services, signal);
	const report = reportTroubles(evidence);
	return {
		findings: report.findings,
		checked: [
			`${evidence.services.length} containers with their logs`,
			`${evidence.probes.length} connections and addresses, tried for real`,
			...(evidence.servers.some(server => server.ready) ? ["the server's own answers"] : []),
		],
		telling: report.ok ? [] : report.tellingLines,
	};
}

/** The flow that carries a fix out; undefined for one that only a person can. */
export function fixFlowFor(
	finding: {readonly cause: string; readonly service: string | null},
	fix: {readonly id: string; readonly title: string},
) {
	if (!hasRemedy(fix.id)) return undefined;
	return createFixFlow({fix: fix.id, cause: finding.cause, service: finding.service});
}
