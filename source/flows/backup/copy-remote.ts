import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {basename} from 'node:path';
import * as z from 'zod';
import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {BackupResult} from './outcome.js';

const listingSchema = z.array(
	z.object({Name: z.string(), Size: z.number(), Hashes: z.record(z.string(), z.string()).optional()}),
);

/**
 * Copies a finished bundle with rclone, then asks the remote what it has: size always, hash where the remote keeps one.
 * rclone writes under a temporary name where the remote allows it. Throws AppError tool-failed; the local file stays.
 */
export async function* copyToRemote(
	file: string,
	bytes: number,
	remote: string,
	services: Pick<Services, 'processes'>,
	signal: AbortSignal,
): Operation<BackupResult['copies'][number]> {
	const step = `copy ${remote}`;
	yield {type: 'step-started', step, title: `Copy the file to ${remote}`, canCancel: true};
	const target = `${remote.replace(/\/+$/, '')}${remote.endsWith(':') ? '' : '/'}${basename(file)}`;
	const rclone = (...args: readonly string[]) => services.processes.run('rclone', args, {signal});
	const copied = await rclone('copyto', '--immutable', '--retries', '3', '--', file, target);
	if (copied.exitCode !== 0) throw copyFailed(file, target, copied.stderr);
	const listed = await rclone('lsjson', '--hash', '--', target);
	if (listed.exitCode !== 0) throw copyFailed(file, target, listed.stderr);
	const found = listingSchema.parse(JSON.parse(listed.stdout))[0];
	if (found === undefined || found.Size !== bytes)
		throw copyFailed(file, target, `the remote has ${found?.Size ?? 'no'} bytes, the file ${bytes}`);
	const verified = await compareHash(file, found.Hashes ?? {}, target);
	yield {type: 'step-finished', step, note: `${verified} checked`};
	return {to: target, bytes, verified};
}

const algorithms = ['sha256', 'sha1', 'md5'] as const;

async function compareHash(
	file: string,
	hashes: Readonly<Record<string, string>>,
	target: string,
): Promise<'hash' | 'size'> {
	const algorithm = algorithms.find(name => hashes[name] !== undefined && hashes[name] !== '');
	if (algorithm === undefined) return 'size';
	const hash = createHash(algorithm);
	for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
	if (hash.digest('hex') !== hashes[algorithm]) throw copyFailed(file, target, `its ${algorithm} is another one`);
	return 'hash';
}

function copyFailed(file: string, target: string, stderr: string): AppError {
	return new AppError('tool-failed', `The backup is complete, but its copy to ${target} failed`, {
		hint: `Check the remote (\`rclone config\`), then copy ${file} again`,
		fix: ['rclone', 'copyto', file, target],
		details: stderr.split('\n').filter(Boolean).slice(-5),
	});
}
