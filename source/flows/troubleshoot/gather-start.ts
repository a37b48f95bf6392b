import type {Services} from '../../services.js';
import type {GatheredService} from './gather-services.js';

const mostBytes = 4096;

/**
 * How the lines of the script end that a container which does not start is started by. Read out of the container's own files, which works
 * on one that never ran (`docker cp` writes a tar whose first block is the header). Null where it is no script or cannot be read.
 */
export async function readEntrypointLineEnds(
	container: string,
	program: string | undefined,
	{processes}: Pick<Services, 'processes'>,
	signal: AbortSignal,
): Promise<string | null> {
	if (program === undefined || !program.startsWith('/')) return null;
	const script = `docker cp -L "$CONTAINER:$PROGRAM" - | head -c ${512 + mostBytes} | tail -c +513 | head -n 1 | od -An -c`;
	const {stdout} = await processes.run('sh', ['-c', script], {
		env: {CONTAINER: container, PROGRAM: program},
		signal,
		timeoutMs: 10_000,
	});
	const text = stdout.replaceAll(/\s+/g, '');
	if (!text.startsWith('#!')) return null;
	return text.includes('\\r') ? 'crlf' : 'lf';
}

/** True for a container whose program could not be started, or that ended at once for want of an interpreter. */
export function mayLackInterpreter({state, exitCode, stateError}: GatheredService): boolean {
	return state !== 'running' && (exitCode === 126 || exitCode === 127 || /no such file|exec/i.test(stateError ?? ''));
}
