import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {openContainerClient} from '../../postgres/open-client.js';
import {copyPlace, createVolume} from '../../stack/volumes.js';
import type {Filled, LeaveService, MoveRun} from './context.js';
import {readClusterId} from './new-server.js';
import {asideNames} from './plan.js';
import {stopService} from './service.js';
import {willUndo} from './undo.js';

/** Copies a data folder as it is, byte by byte, from an anonymous volume to one with a name. */
export async function* adoptData(run: MoveRun, leaveService: LeaveService): Operation<Filled> {
	const {plan, journal, services, signal} = run;
	const {old, next} = plan;
	if (old.cannotStart)
		throw new AppError('preflight-failed', `The data of ${plan.service} is of another version than its image`, {
			hint: 'Upgrade it first',
		});
	const client = await openContainerClient({
		...services,
		containerId: old.containerId,
		service: plan.service,
		user: old.user,
		database: old.database,
		operationId: `major-${plan.id}`,
		signal,
	});
	const clusterId = await readClusterId(client, signal).finally(() => client.dispose());
	await willUndo(journal, 'new-server', {});
	yield* leaveService();
	await journal.enter('copying');
	yield {type: 'step-started', step: 'copy', title: 'Copy the data folder into the volume', canCancel: true};
	await stopService(plan, services, signal);
	if (next.volume !== null)
		await createVolume(
			services.processes,
			{name: next.place.source, project: plan.stack.project, key: next.volume.key},
			signal,
		);
	const files = await copyPlace(
		services.processes,
		{from: old.place, to: next.place, image: old.runs, name: asideNames(plan).new},
		signal,
	);
	yield {type: 'step-finished', step: 'copy', note: `${files} files, every byte equal`};
	return {databases: [], settings: {carried: [], left: []}, clusterId, backup: null};
}
