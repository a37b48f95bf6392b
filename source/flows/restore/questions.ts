import {isAbsolute, relative} from 'node:path';
import prettyBytes from 'pretty-bytes';
import {isAppError} from '../../errors.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {Question} from '../flow.js';
import type {RestoreAnswers} from './answers.js';
import {readCaches} from './caches.js';
import type {RestoreFacts} from './plan.js';
import {findSessionTables, planRestore} from './plan.js';
import {describeVolume} from './plan-volumes.js';

/** What a restore still has to be told before the file is known: which one. */
export function askFile(stack: Stack, services: Services): Question {
	const {backups} = services.settings.stack(stack.project, stack.directory);
	const title = 'Which backup is to be restored?';
	const newest = [...backups].reverse().slice(0, 20);
	if (newest.length === 0)
		return {
			id: 'file',
			kind: 'text',
			title,
			flag: '<file>',
			hint: 'A backup of Lifeboat, or a dump: .sql, .gz, .zst, .dump, .tar, a folder, a zip',
		};
	return {
		id: 'file',
		kind: 'choice',
		title,
		flag: '<file>',
		choices: newest.map(backup => ({
			value: backup.file,
			label: shorten(stack.directory, backup.file),
			hint: `${backup.createdAt.slice(0, 16).replace('T', ' ')} UTC${backup.verified?.ok ? ', verified' : ''}`,
		})),
	};
}

function shorten(directory: string, file: string): string {
	const inside = relative(directory, file);
	return inside.startsWith('..') || isAbsolute(inside) ? file : inside;
}

/** What only the user can decide, once file and servers are known. Every question but the destructive ones has a default. */
export async function askRestore(
	stack: Stack,
	given: Partial<RestoreAnswers>,
	facts: RestoreFacts,
	services: Services,
	signal: AbortSignal,
): Promise<readonly Question[]> {
	const answers = {...defaults, ...given, file: facts.source.file} as RestoreAnswers;
	const questions: Question[] = [];
	if (given.mode === undefined && isShortOfDisk(stack, answers, facts)) {
		questions.push({
			id: 'mode',
			kind: 'choice',
			title: 'The disk has no room for a second copy of the data. How is it to be restored?',
			flag: '--in-place',
			// Without a terminal nothing is dropped unasked: the plan then refuses, and says why.
			initial: 'switch',
			choices: [
				{
					value: 'in-place',
					label: 'In place',
					hint: 'a rollback point first, then drop and restore; the application is down meanwhile',
				},
				{
					value: 'switch',
					label: 'Try beside the live database all the same',
					hint: 'refused when the disk is too small',
				},
			],
		});
	}

	const planned = tryPlan(stack, answers, facts);
	const databases = planned?.databases;
	const isFresh = planned?.mode === 'fresh';
	if (given.clearSessions === undefined && given.mode !== 'to-database') {
		const tables = (databases ?? []).flatMap(database => findSessionTables(facts.source, database));
		if (tables.length > 0)
			questions.push({
				id: 'clearSessions',
				kind: 'confirm',
				title: `Sign everybody out (delete the rows of ${tables.map(table => `${table.schema}.${table.name}`).join(', ')})?`,
				flag: '--clear-sessions',
				hint: 'Sessions that were ended since the backup would be valid again otherwise',
				initial: false,
			});
	}

	if (given.flushCache === undefined && given.mode !== 'to-database') {
		const caches = await readCaches(stack, services, signal);
		if (caches.length > 0)
			questions.push({
				id: 'flushCache',
				kind: 'confirm',
				title: `Empty ${caches.map(cache => `${cache.service} (${cache.summary})`).join(', ')}?`,
				flag: '--flush-cache',
				hint: 'Entries of the data that is replaced may be served otherwise; queued jobs would be lost',
				initial: false,
			});
	}

	if (given.mode !== 'to-database') questions.push(...askFiles(given, facts, isFresh));
	if (given.owners === undefined && needsRoles(stack, answers, facts)) {
		questions.push({
			id: 'owners',
			kind: 'choice',
			title:
				'The dump names owners that this server lacks, or that its user may not give anything to. What is to become of them?',
			flag: '--no-owner',
			choices: [
				{value: 'map', label: 'Give everything to the owner of the database'},
				{value: 'keep', label: 'Stop here, so that I can create them first'},
			],
			initial: 'keep',
		});
	}

	return questions;
}

/** Configuration and files come back only where the user says so; into a stack without data the files belong. */
function askFiles(given: Partial<RestoreAnswers>, facts: RestoreFacts, isFresh: boolean): readonly Question[] {
	const {config, storage} = facts;
	const questions: Question[] = [];
	const isOutside = facts.targets.some(target => target.external !== null);
	if (given.config === undefined && config.files.length > 0 && !isOutside)
		questions.push({
			id: 'config',
			kind: 'confirm',
			title: `Write ${config.files.map(file => file.name).join(', ')} as in the backup?`,
			flag: '--config',
			hint: 'What is there now is kept beside it. Keys that encrypt rows must be those of the data',
			initial: false,
		});
	if (given.volumes === undefined && storage.volumes.length > 0)
		questions.push({
			id: 'volumes',
			kind: 'confirm',
			title: `Bring back files too (${storage.volumes.map(volume => `${describeVolume(volume)}, ${prettyBytes(volume.bytes)} packed`).join('; ')})?`,
			flag: '--volumes',
			hint: 'What is there now is kept beside it, and needs room for both',
			initial: isFresh,
		});
	return questions;
}

const defaults: Omit<RestoreAnswers, 'file'> = {
	mode: 'switch',
	databases: [],
	owners: 'keep',
	flushCache: false,
	clearSessions: false,
	trustCommands: false,
	force: false,
	identities: [],
	healthTimeout: 120,
};

function tryPlan(stack: Stack, answers: RestoreAnswers, facts: RestoreFacts) {
	try {
		return planRestore(stack, answers, facts);
	} catch {
		return undefined;
	}
}

/** Planning refuses the switch for the disk's sake, and would allow it in place. */
function isShortOfDisk(stack: Stack, answers: RestoreAnswers, facts: RestoreFacts): boolean {
	try {
		planRestore(stack, answers, facts);
		return false;
	} catch (error) {
		if (!isAppError(error, 'disk-low')) return false;
	}

	return tryPlan(stack, {...answers, mode: 'in-place'}, facts) !== undefined;
}

function needsRoles(stack: Stack, answers: RestoreAnswers, facts: RestoreFacts): boolean {
	try {
		planRestore(stack, answers, facts);
		return false;
	} catch (error) {
		return isAppError(error, 'role-missing');
	}
}
