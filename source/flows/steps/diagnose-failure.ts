import type {Finding} from '../../diagnosis/diagnose.js';
import {type Evidence, type EvidenceInput, evidenceSchema} from '../../diagnosis/evidence.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {detectStack} from '../../stack/detect.js';
import type {Stack} from '../../stack/stack.js';
import {gatherEvidence} from '../troubleshoot/gather.js';
import {reportTroubles} from '../troubleshoot-report.js';
import {describeReport} from '../troubleshoot-text.js';

/** Why an operation failed, as far as the evidence tells. Holds no secrets. */
export type FailureDiagnosis = {
	readonly findings: readonly Finding[];
	/** What looks most telling when no cause fits. */
	readonly tellingLines: readonly {readonly source: string; readonly text: string}[];
	/** The same for people. */
	readonly text: readonly string[];
};

/** Where the reason of a failure may show. */
export type Traces = {
	/** What of the stack is looked at: nothing while it is what it was, the databases alone while the application is stopped, for that is no symptom. */
	readonly scope: 'nothing' | 'databases' | 'everything';
	/** Lines of docker and of what Lifeboat let it run, oldest first. */
	readonly output: readonly string[];
	/** Migrations that have ended badly, with what they said: their containers are gone. */
	readonly oneShots: readonly {readonly name: string; readonly log: readonly string[]}[];
};

const timeoutMs = 60_000;
const mostLines = 24;

/**
 * Looks at what failed while it is still there: the way back removes its containers. Never throws; null when nothing can be said.
 * @param startedAt ISO time of the operation; what the logs say of before is another matter.
 */
export async function* diagnoseFailure(
	stack: Stack,
	traces: Traces,
	startedAt: string,
	services: Services,
): Operation<FailureDiagnosis | null> {
	try {
		const evidence = yield* gather(stack, traces, startedAt, services);
		const report = reportTroubles(evidence);
		if (report.findings.length === 0 && report.tellingLines.length === 0) return null;
		return {
			findings: report.findings,
			tellingLines: report.tellingLines,
			text: cut(describeReport({...report, ok: false}, {steps: false})),
		};
	} catch {
		return null;
	}
}

async function* gather(stack: Stack, traces: Traces, startedAt: string, services: Services): Operation<Evidence> {
	const {scope, output: compose} = traces;
	const oneShots = traces.oneShots.flatMap(one => describeOneShot(one, stack));
	if (scope === 'nothing') return complete({project: stack.project, services: [], compose: [...compose]});
	const signal = AbortSignal.timeout(timeoutMs);
	const now = await detectStack(stack.target, services, {signal});
	const looked = yield* gatherEvidence(scope === 'everything' ? now : onlyDatabases(now), services, signal, {
		since: Date.parse(startedAt),
	});
	return complete({
		...looked,
		services: [
			...looked.services.filter(one => !oneShots.some(other => other.service === one.service)).map(withoutEcho),
			...oneShots,
		],
		compose: [...looked.compose, ...compose],
	});
}

function describeOneShot({name, log}: Traces['oneShots'][number], stack: Stack) {
	if (log.length === 0) return [];
	const service = stack.services.find(one => one.name === name);
	return [
		{
			service: name,
			role: 'migrate',
			image: service?.image ?? null,
			state: 'exited',
			exitCode: 1,
			log: [...log],
		},
	];
}

/** A server that is well repeats in its log what its clients say, and that Lifeboat ended sessions: no symptom of its own. */
function withoutEcho<Service extends Evidence['services'][number]>(service: Service): Service {
	return service.role === 'database' && service.health !== 'unhealthy' && service.state === 'running'
		? {...service, log: [], earlierLogs: []}
		: service;
}

function onlyDatabases(stack: Stack): Stack {
	return {...stack, services: stack.services.filter(service => service.role === 'database')};
}

function complete(input: Omit<EvidenceInput, 'format' | 'version'>): Evidence {
	return evidenceSchema.parse({...input, format: 'lifeboat-evidence', version: 1});
}

function cut(lines: readonly string[]): readonly string[] {
	return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), '…'];
}
