import {isAbsolute, relative} from 'node:path';
import type {Services} from '../../services.js';
import type {BackupRecord} from '../../settings.js';
import type {Stack} from '../../stack/stack.js';
import type {Question} from '../flow.js';

/** Chosen in place of a backup that is remembered: the user names the file. */
const another = 'another file';

/** What was chosen or named; undefined while the user has said neither. */
export type GivenFile = {readonly file?: string | undefined; readonly otherFile?: string | undefined};

/** The file that answers mean; undefined while it is not known. */
export function fileOf({file, otherFile}: GivenFile): string | undefined {
	return otherFile ?? (file === another ? undefined : file);
}

/** Answers with the file that they mean, for a schema to read. */
export function settleFile(answers: unknown): unknown {
	if (typeof answers !== 'object' || answers === null) return answers;
	const {otherFile: _, ...rest} = answers as GivenFile;
	return {...rest, file: fileOf(answers)};
}

/** Which file it is: one of the backups that are remembered, or another that the user names. */
export function askFile(title: string, given: GivenFile, stack: Stack, services: Services): Question {
	const {backups} = services.settings.stack(stack.project, stack.directory);
	const newest = [...backups].reverse().slice(0, 20);
	const flag = '<file>';
	if (newest.length === 0 || given.file === another)
		return {
			id: given.file === another ? 'otherFile' : 'file',
			kind: 'text',
			title: newest.length === 0 ? title : 'Where is the file?',
			flag,
			hint: 'A backup of Lifeboat, or a dump: .sql, .gz, .zst, .dump, .tar, a folder, a zip',
		};
	return {
		id: 'file',
		kind: 'choice',
		title,
		flag,
		choices: [
			...newest.map(backup => ({
				value: backup.file,
				label: `${backup.createdAt.slice(0, 16).replace('T', ' ')} UTC${describeProof(backup.verified)}`,
				hint: shorten(stack.directory, backup.file),
			})),
			{value: another, label: 'Another file', hint: 'also a dump that Lifeboat did not make'},
		],
	};
}

/** Only a restore proves that a backup restores. */
function describeProof(verified: BackupRecord['verified']): string {
	if (verified === null || !verified.ok) return '';
	return verified.level === 'restored' ? ', verified' : ', read back';
}

function shorten(directory: string, file: string): string {
	const inside = relative(directory, file);
	return inside.startsWith('..') || isAbsolute(inside) ? file : inside;
}
