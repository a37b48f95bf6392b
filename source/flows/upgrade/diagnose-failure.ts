import type {Finding} from '../../diagnosis/diagnose.js';
import {type Evidence, type EvidenceInput, evidenceSchema} from '../../diagnosis/evidence.js';
import type {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {detectStack} from '../../stack/detect.js';
import type {Stack} from '../../stack/stack.js';
import {gatherEvidence} from '../troubleshoot/gather.js';
import {reportTroubles} from '../troubleshoot-report.js';
import {describeReport} from '../troubleshoot-text.js';
import type {UpgradePlan} from './plan.js';
import type {OutputRecorder} from './record-output.js';

/** Why an upgrade failed, as far as the evidence tells. Holds no secrets. */
export type FailureDiagnosis = {
	readonly findings: readonly Finding[];
	/** What looks most telling when no cause fits. */
	readonly tellingLines: readonly {readonly source: string; readonly text: string}[];
	/** The same for people. */
	readonly text: readonly string[];
};

type FailedUpgrade = {
	readonly plan: UpgradePlan;
	/** Where it was: the journal's phase. */
	readonly phase: string;
	/** ISO time; what the logs say of before is another matter. */
	readonly startedAt: string;
	readonly error: AppError;
	readonly output: OutputRecorder;
};

const timeoutMs = 60_000;
const composeSteps = ['pull', 'build', 'start'];
const mostLines = 24;

/**
 * Looks at what failed while it is still there: the way back removes its containers. Never throws; null when nothing can be said.
 */
export async function* diagnoseFailure(failed: FailedUpgrade, services: Services): Operation<FailureDiagnosis | null> {
	try {
		const evidence = yield* gather(failed, services);
		const report = reportTroubles(evidence);
		if (report.findings.length === 0 && report.tellingLines.length === 0) return null;
		return {
			findings: report.findings,
			tellingLines: report.tellingLines,
			text: cut(describeReport({...report, ok: false})),
		};
	} catch {
		return null;
	}
}

async function* gather(
	{plan, phase, startedAt, error, output}: FailedUpgrade,
	services: Services,
): Operation<Evidence> {
	const oneShots =
		phase === 'migrating' ? plan.migrate.flatMap(name => describeOneShot(name, output.linesOf(name), plan.stack)) : [];
	const compose = [...composeSteps.flatMap(step => output.linesOf(step)), ...(isOfCompose(error) ? error.details : [])];
	// Until the writers are stopped the application is what it was: only what a tool said can be the reason.
	if (phase === 'begun' || phase === 'preparing') return complete({project: plan.stack.project, services: [], compose});
	const signal = AbortSignal.timeout(timeoutMs);
	const stack = await detectStack(plan.stack.target, services, {signal});
	const looked = yield* gatherEvidence(phase === 'starting' ? stack : onlyDatabases(stack), services, signal, {
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

function isOfCompose(error: AppError): boolean {
	return error.code === 'compose-failed' || error.code === 'compose-file-invalid' || error.code === 'tool-failed';
}

/** A migration that has ended badly: its container is gone, its lines are here. */
function describeOneShot(name: string, log: readonly string[], stack: Stack) {
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

/** While the migrations run the application is down because it was stopped: that is no symptom. */
function onlyDatabases(stack: Stack): Stack {
	return {...stack, services: stack.services.filter(service => service.role === 'database')};
}

function complete(input: Omit<EvidenceInput, 'format' | 'version'>): Evidence {
	return evidenceSchema.parse({...input, format: 'lifeboat-evidence', version: 1});
}

function cut(lines: readonly string[]): readonly string[] {
	return lines.length <= mostLines ? lines : [...lines.slice(0, mostLines), '…'];
}
