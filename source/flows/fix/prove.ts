import {type Examination, examine, type Finding} from '../../diagnosis/diagnose.js';
import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {detectStack} from '../../stack/detect.js';
import type {Stack} from '../../stack/stack.js';
import {servicesToWatch, type WatchedService, waitForHealth} from '../steps/health.js';
import {describeFailedChecks, type HealthReport} from '../steps/health-rules.js';
import {gatherEvidence} from '../troubleshoot/gather.js';
import type {FixPlan} from './plan.js';
import type {FixRun} from './run-action.js';

/** A stack that was just started may still complain of its start: it is looked at this often, and longer while a health check has not spoken. */
const looks = 3;
const lookPauseMs = 4000;
const settlingMs = 60_000;

export type Proof = {readonly health: HealthReport; readonly remaining: readonly Finding[]};

/** Waits for health, then gathers and diagnoses anew. Resolves with the problems that are left when this one is gone; throws fix-failed when the fix did not help. */
export async function* prove(
	{plan, services, signal}: FixRun,
	before: readonly WatchedService[],
	since: number,
): Operation<Proof> {
	const deadline = services.clock.now() + settlingMs;
	for (let look = 1; ; look++) {
		yield {type: 'step-started', step: 'detect', title: 'Look at what runs now', canCancel: true};
		const stack = await detectStack(plan.target, services, {signal});
		yield {type: 'step-finished', step: 'detect'};
		const health = yield* waitForHealth(services, {
			project: stack.project,
			watch: watchAfter(plan, stack, before),
			timeoutMs: plan.healthTimeoutMs,
			signal,
		});
		const evidence = yield* gatherEvidence(stack, services, signal, {since});
		const found = examine(evidence);
		const isSettling = evidence.services.some(service => service.health === 'starting');
		const mayPass =
			health.ok &&
			found.some(({finding}) => !plan.others.includes(finding.cause)) &&
			(look < looks || (isSettling && services.clock.now() < deadline));
		if (!mayPass) return {health, remaining: judge(plan, health, found)};
		await services.clock.sleep(lookPauseMs, signal);
	}
}

/** What was well must be well again, and what was made anew too; the rest is reported. */
function watchAfter(plan: FixPlan, stack: Stack, before: readonly WatchedService[]): readonly WatchedService[] {
	const wasWell = new Map(before.filter(({required}) => required).map(service => [service.name, service]));
	return servicesToWatch(stack)
		.filter(service => service.state !== 'absent' || plan.recreate.includes(service.name))
		.map(({name, healthUrl}) => ({
			name,
			healthUrl,
			usualStatus: wasWell.get(name)?.usualStatus ?? null,
			required: wasWell.has(name) || plan.recreate.includes(name),
		}));
}

function judge(plan: FixPlan, health: HealthReport, found: readonly Examination[]): readonly Finding[] {
	const {cause, service, layer} = plan.problem;
	const still = found.find(({finding}) => finding.cause === cause && (service === null || finding.service === service));
	if (still !== undefined)
		throw new AppError('fix-failed', `The problem is still there: ${still.finding.summary}`, {
			details: still.finding.evidence.map(({source, text}) => `${source}: ${text}`),
		});
	const [first] = found;
	const isProgress = first !== undefined && (first.layer >= layer || plan.others.includes(first.finding.cause));
	if (health.ok || isProgress) return found.map(({finding}) => finding);
	throw new AppError(
		'fix-failed',
		first === undefined
			? `The application does not become healthy: ${describeFailedChecks(health).join('; ')}`
			: `The change makes another problem: ${first.finding.summary}`,
		{details: first?.finding.evidence.map(({source, text}) => `${source}: ${text}`)},
	);
}
