import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {reachServer} from '../steps/database-up.js';
import {requireHealth} from '../steps/health.js';
import type {HealthReport} from '../steps/health-rules.js';
import {refreshWriters, startWriters} from '../steps/writers.js';
import {addressOf, type MoveRun} from './context.js';
import {readClusterId} from './new-server.js';
import {startApplication, startService} from './service.js';

/**
 * Starts the service on the new volume, makes sure that it is the one that was filled, starts the application and waits until it is healthy.
 * Throws AppError health-failed, database-unreachable, compose-failed.
 */
export async function* goLive(
	run: MoveRun,
	moved: {readonly clusterId: string; readonly databases: readonly string[]},
): Operation<HealthReport> {
	const {plan, journal, services, signal} = run;
	yield {
		type: 'step-started',
		step: 'start',
		title: `Start ${plan.service} on PostgreSQL ${plan.next.major}`,
		canCancel: true,
	};
	await journal.keep({plan, ...moved});
	await startService(plan, 'new', services, signal);
	const client = await reachServer(services, addressOf(plan, 'new'), {operationId: `major-${plan.id}-live`, signal});
	try {
		if ((await readClusterId(client, signal)) !== moved.clusterId)
			throw new AppError('upgrade-failed', `${plan.service} has started, but not on the new volume`, {
				hint: 'Another file may set its volumes or PGDATA; see what Compose makes of them',
				fix: ['docker', ...services.compose.argv(plan.targetAfter, ['config'])],
			});
	} finally {
		await client.dispose();
	}

	// From here on the application may write to the new server: a run that is cut off is finished, not undone.
	await journal.enter('starting');
	await startWriters(
		services,
		plan.targetAfter,
		await refreshWriters(services, plan.stack.project, plan.writers, signal),
		signal,
	);
	if (plan.start.length > 0) await startApplication(plan, services, signal);
	yield {type: 'step-finished', step: 'start'};
	return yield* requireHealth(services, `On PostgreSQL ${plan.next.major} the application`, {
		project: plan.stack.project,
		watch: plan.watch,
		timeoutMs: plan.healthTimeoutMs,
		signal,
	});
}
