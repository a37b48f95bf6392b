import type {BundleWriter} from '../../bundle/bundle-writer.js';
import {encodeSegment} from '../../bundle/names.js';
import {AppError} from '../../errors.js';
import {emitting, type Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {archiveStorage, isOnlyChangedFiles} from '../../stack/storage-archive.js';
import {describeStorage, type PlannedVolume} from './plan.js';

export type AddedVolume = {
	readonly name: string;
	readonly service: string;
	readonly target: string;
	readonly type: 'volume' | 'bind';
	readonly path: string;
};

/** Adds each volume and folder as `volumes/<name>.tar.gz`. Throws operation-failed when one cannot be read to its end. */
export async function* addVolumes(
	volumes: readonly PlannedVolume[],
	project: string,
	writer: BundleWriter,
	services: Services,
	signal: AbortSignal,
): Operation<readonly AddedVolume[]> {
	const added: AddedVolume[] = [];
	for (const volume of volumes) {
		const path = nameVolumePart(
			volume,
			added.map(one => one.path),
		);
		yield* addVolume(volume, path, project, writer, services, signal);
		added.push({name: volume.name, service: volume.service, target: volume.target, type: volume.type, path});
	}

	return added;
}

/** `volumes/uploads.tar.gz`; a bind's path has its slashes replaced. */
export function nameVolumePart(volume: Pick<PlannedVolume, 'type' | 'name'>, taken: readonly string[]): string {
	const plain = volume.type === 'bind' ? volume.name.replace(/^(?:\.?\/)+/, '').replaceAll('/', '_') : volume.name;
	const base = encodeSegment(plain === '' || plain === '.' ? 'folder' : plain);
	for (let number = 1; ; number++) {
		const path = `volumes/${base}${number === 1 ? '' : `~${number}`}.tar.gz`;
		if (!taken.some(other => other.toLowerCase() === path.toLowerCase())) return path;
	}
}

async function* addVolume(
	volume: PlannedVolume,
	path: string,
	project: string,
	writer: BundleWriter,
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	const step = path;
	const subject = describeStorage(volume);
	yield {type: 'step-started', step, title: `Copy ${subject.toLowerCase()}`, canCancel: true};
	const archive = archiveStorage(services.processes, {...volume, project}, signal);
	const stderr: string[] = [];
	let isDone = false;
	try {
		yield* emitting(async emit => {
			const messages = (async () => {
				for await (const line of archive.process.stderr) {
					stderr.push(line);
					emit({type: 'log', source: 'tar', stream: 'stderr', line});
				}
			})();
			await writer.addStream(path, 'volume', archive.process.stdout, bytes =>
				emit({type: 'step-progress', step, done: bytes, unit: 'bytes'}),
			);
			await messages;
		});
		const {exitCode} = await archive.process.exit;
		if (exitCode !== 0 && !isOnlyChangedFiles(exitCode, stderr)) throw unreadable(subject, exitCode, stderr);
		if (exitCode !== 0)
			yield {type: 'warning', message: `Files of ${subject.toLowerCase()} changed while they were copied`};
		isDone = true;
	} finally {
		if (!isDone) {
			archive.process.kill('SIGKILL');
			await archive.remove();
		}
	}

	yield {type: 'step-finished', step};
}

function unreadable(subject: string, exitCode: number, stderr: readonly string[]): AppError {
	return new AppError('operation-failed', `${subject} cannot be copied: tar ended with ${exitCode}`, {
		hint: 'Correct what the lines below name, or leave volumes out with --no-volumes',
		fix: ['lifeboat', 'backup', '--no-volumes'],
		details: stderr.slice(-5),
	});
}
