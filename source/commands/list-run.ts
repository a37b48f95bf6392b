import prettyBytes from 'pretty-bytes';
import {type BackupEntry, listBackups} from '../flows/list.js';
import {alignRows} from '../headless.js';
import type {CommandRunner} from './command.js';
import {stackOf} from './stack-of.js';

/** Lists the backups of a stack. Exit code 0 also when there are none. */
export const runList: CommandRunner = async ({options}, context) => {
	const stack = await stackOf(context.globals, context.services, context.signal);
	const folder = typeof options['output'] === 'string' ? options['output'] : undefined;
	const backups = await listBackups(stack, context.services, folder);
	context.answer(describeList(stack.project, backups), {ok: true, project: stack.project, backups});
	return 0;
};

function describeList(project: string, backups: readonly BackupEntry[]): readonly string[] {
	if (backups.length === 0) return [`There is no backup of ${project} yet. Make one: lifeboat backup`];
	return [
		...alignRows([
			['Made (UTC)', 'Size', 'State', 'File'],
			...backups.map(one => [
				one.createdAt.slice(0, 16).replace('T', ' '),
				one.bytes === null ? '' : prettyBytes(one.bytes),
				describeState(one),
				one.file,
			]),
		]),
		...backups.flatMap(one => (one.problem === null ? [] : [one.problem])),
	];
}

function describeState({state, verified}: BackupEntry): string {
	if (verified === null || state === 'missing' || state === 'damaged') return state;
	if (!verified.ok) return `${state}, verify found problems`;
	return verified.level === 'restored' ? `${state}, restore tried` : state;
}
