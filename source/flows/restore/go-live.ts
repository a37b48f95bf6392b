import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {waitForHealth} from '../steps/health.js';
import {describeFailedChecks, type HealthReport} from '../steps/health-rules.js';
import {runMigrations} from '../steps/migrate.js';
import {type OutageMeter, startOutageMeter} from '../steps/outage.js';
import {recreateWriters, startWriters, stopWriters} from '../steps/writers.js';
import {FoundError} from './restore-error.js';
import {writeFiles} from './restore-files.js';
import type {RestoreRun} from './run-context.js';
import {willUndo} from './undo.js';

/** Measures the outage on the first health URL that answered before. */
export function measureOutage(run: RestoreRun): OutageMeter {
	const watched = run.plan.watch.find(service => service.required && service.healthUrl !== null);
	return startOutageMeter(run.services, watched?.healthUrl ?? null, watched?.usualStatus ?? undefined);
}

/** Stops who writes; the journal knows before how to start them again. */
export async function* stopApplication(run: RestoreRun): Operation<void> {
	const {plan, journal, services, signal} = run;
	const names = [...plan.writers.writers, ...plan.writers.poolers].map(one => one.service);
	const recreate = plan.files.length > 0;
	await willUndo(journal, 'start-writers', {target: plan.stack.target, writers: plan.writers, recreate});
	if (names.length === 0) return;
	yield {type: 'step-started', step: 'stop', title: `Stop ${names.join(', ')}`, canCancel: true};
	await stopWriters(services, plan.writers, signal);
	yield {type: 'step-finished', step: 'stop'};
}

/** Writes the compose files and env files of the plan, where it has any. */
export async function* switchFiles(run: RestoreRun): Operation<void> {
	const {plan, journal, source} = run;
	if (plan.files.length === 0) return;
	await willUndo(journal, 'files', {files: plan.files, keep: false});
	yield* writeFiles(plan.files, source);
}

/** Migrations that the code wants and the backup lacks. */
export async function* migrate(run: RestoreRun): Operation<void> {
	const {plan, services, signal} = run;
	yield* runMigrations(services, {stack: plan.stack, target: plan.stack.target, names: plan.migrate, signal});
}

/** Starts what was stopped and waits until it works. Throws a FoundError when it does not. */
export async function* startApplication(run: RestoreRun): Operation<HealthReport> {
	const {plan, journal, services, signal} = run;
	const names = [...plan.writers.poolers, ...plan.writers.writers].map(one => one.service);
	await journal.enter('starting');
	if (names.length > 0) {
		yield {type: 'step-started', step: 'start', title: `Start ${names.join(', ')}`, canCancel: true};
		if (plan.files.length > 0) await recreateWriters(services, plan.stack.target, plan.writers, signal);
		else await startWriters(services, plan.stack.target, plan.writers, signal);
		yield {type: 'step-finished', step: 'start'};
	}

	const health = yield* waitForHealth(services, {
		project: plan.stack.project,
		watch: plan.watch,
		timeoutMs: plan.healthTimeoutMs,
		signal,
	});
	if (!health.ok) throw unhealthy(health);
	return health;
}

export function unhealthy(health: HealthReport): FoundError {
	const failed = describeFailedChecks(health);
	return new FoundError(
		new AppError('health-failed', `The application is not healthy with the restored data: ${failed[0] ?? ''}`, {
			hint: 'Read its log; the code may be older or newer than the data of the backup',
			fix: ['lifeboat', 'troubleshoot'],
			details: failed,
		}),
		{health},
	);
}
