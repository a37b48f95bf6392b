import {AppError} from '../../errors.js';
import {emitting, type Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {type RestorableStorage, stageStorage, switchStorage} from '../../stack/storage-restore.js';
import {lastLines} from '../steps/writers.js';
import {dataOf} from './journal-data.js';
import {describeVolume, type PlannedVolume} from './plan-volumes.js';
import type {RestoreRun} from './run-context.js';
import {willUndo} from './undo.js';

/** Unpacks the volumes and folders of the plan beside their live content; the application goes on. */
export async function* stageVolumes(run: RestoreRun): Operation<readonly RestorableStorage[]> {
	const {plan, journal, services, source, signal} = run;
	const storages: RestorableStorage[] = [];
	for (const volume of plan.volumes) {
		const step = `unpack ${volume.part}`;
		yield {type: 'step-started', step, title: `Unpack ${describeVolume(volume).toLowerCase()}`, canCancel: true};
		const storage = await locate(run, volume);
		await journal.keep({...dataOf(journal.record), storages: [...storages, storage]});
		await willUndo(journal, 'storage-back', {storage, keep: false});
		yield* emitting(emit =>
			stageStorage(services.processes, storage, source.openPart(volume.part), {
				signal,
				onBytes: done => emit({type: 'step-progress', step, done, total: volume.bytes, unit: 'bytes'}),
			}),
		);
		yield {type: 'step-finished', step};
		storages.push(storage);
	}

	return storages;
}

/** Puts what was unpacked in place, in an instant; the former content stays beside it. Nobody may use it meanwhile. */
export async function* switchVolumes(run: RestoreRun, storages: readonly RestorableStorage[]): Operation<void> {
	if (storages.length === 0) return;
	const step = 'volumes';
	yield {type: 'step-started', step, title: 'Switch volumes and folders', canCancel: false};
	for (const storage of storages) await switchStorage(run.services.processes, storage);
	yield {type: 'step-finished', step, note: run.plan.volumes.map(volume => volume.name).join(', ')};
}

/** Where the files of a volume are on the engine; Compose makes a volume that is not there yet, with the labels that it looks for. */
async function locate(run: RestoreRun, volume: PlannedVolume): Promise<RestorableStorage> {
	const {plan, services, signal} = run;
	const {project, target} = plan.stack;
	if (volume.source === null) {
		const args = ['up', '--no-start', '--no-deps', volume.service];
		const result = await services.compose.run(target, args, {signal, timeoutMs: 3_600_000});
		if (result.exitCode !== 0)
			throw new AppError('compose-failed', `Docker Compose cannot create ${volume.service}`, {
				hint: 'Read what Compose says, put it right, then try again',
				fix: ['docker', ...services.compose.argv(target, args)],
				details: lastLines(result.stderr),
			});
	}

	const source = volume.source ?? (await findVolume(services, project, volume.name, signal));
	const image = await chooseImage(run);
	return {type: volume.type, source, label: describeVolume(volume), image, project, id: plan.id};
}

async function findVolume(
	services: Pick<Services, 'docker'>,
	project: string,
	name: string,
	signal: AbortSignal,
): Promise<string> {
	const volumes = await services.docker.listVolumes({project}, signal);
	const found = volumes.find(volume => volume.labels['com.docker.compose.volume'] === name);
	if (found !== undefined) return found.name;
	throw new AppError('restore-failed', `The engine has no volume ${name} of ${project}`, {
		hint: 'Create it as the compose file wants it (external volumes are yours to make), or leave files out with --no-volumes',
	});
}

/** An image that is here and has a shell and tar: that of a server, which runs by now. */
async function chooseImage(run: RestoreRun): Promise<string> {
	const {plan, services, signal} = run;
	const images = [...plan.targets, ...plan.stack.services].flatMap(one => one.image ?? []);
	for (const image of new Set(images))
		if ((await services.docker.inspectImage(image, signal)) !== undefined) return image;
	throw new AppError('client-missing', 'No image that could unpack files is on this machine', {
		hint: 'Pull the images of the stack, then try again',
		fix: ['docker', 'compose', 'pull'],
	});
}
