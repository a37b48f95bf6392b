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

/** What only the user can decide, once file and servers are known. Every question but the destructive ones has a default. */
export async function askRestore(
	stack: Stack,
	given: Partial<RestoreAnswers>,
	facts: RestoreFacts,
	services: Services,
	signal: AbortSignal,
): Promise<readonly Question[]> {
	const answers = {...defaults, ...given, file: facts.source.file} as RestoreAnswers;
	const how = askMode(stack, given, answers, facts);
	if (how.length > 0) return how;
	const questions: Question[] = [];
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

/** How it is to be restored, and under which name; nobody is asked where there is no data that could be lost. */
function askMode(
	stack: Stack,
	given: Partial<RestoreAnswers>,
	answers: RestoreAnswers,
	facts: RestoreFacts,
): readonly Question[] {
	if (given.mode === 'to-database' && given.toDatabase === undefined)
		return [
			{
				id: 'toDatabase',
				kind: 'text',
				title: 'What is the new database to be called?',
				flag: '--to-database',
				hint: 'It is there to look at: the application does not use it',
			},
		];
	if (given.mode !== undefined || tryPlan(stack, answers, facts)?.mode === 'fresh') return [];
	const isShort = isShortOfDisk(stack, answers, facts);
	const beside = {
		value: 'switch',
		label: 'Beside the live data, then switch',
		hint: isShort ? 'refused while the disk is too small' : 'down for seconds, and there is a way back',
	};
	const inPlace = {value: 'in-place', label: 'In place', hint: 'a rollback point first; down for the whole time'};
	const copy = {
		value: 'to-database',
		label: 'Into another database',
		hint: 'a copy to look at; nothing else is touched',
	};
	const isOne = facts.source.databases.length === 1;
	return [
		{
			id: 'mode',
			kind: 'choice',
			title: isShort
				? 'The disk has no room for a second copy of the data. How is it to be restored?'
				: 'How is it to be restored?',
			flag: '--in-place',
			// Without a terminal nothing is dropped unasked: where there is no room the plan then refuses, and says why.
			initial: 'switch',
			choices: isShort ? [inPlace, beside] : [beside, inPlace, ...(isOne ? [copy] : [])],
		},
	];
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
