import type {Manifest} from '../../bundle/manifest.js';
import type {PlanWarning} from '../flow.js';
import type {RestoreAnswers} from './answers.js';
import type {PlannedDatabase} from './place-databases.js';
import type {PlannedCache, RestoreFacts} from './plan.js';
import type {PlannedFile} from './plan-files.js';
import {describeVolume, type PlannedVolume} from './plan-volumes.js';
import type {SourceSummary} from './source-summary.js';

/** What the plan of a restore brings back. */
type Chosen = {
	readonly databases: readonly PlannedDatabase[];
	readonly files: readonly PlannedFile[];
	readonly volumes: readonly PlannedVolume[];
	/** False where a copy is made to look at. */
	readonly touchesLive: boolean;
};

/** What one should know before saying yes, besides what the servers say. Pure. */
export function findWarnings(
	answers: Pick<RestoreAnswers, 'flushCache'>,
	facts: RestoreFacts,
	chosen: Chosen,
): readonly PlanWarning[] {
	return [
		...warnOfSource(facts.source, chosen.databases),
		...warnOfSecrets(facts.changedSecrets),
		...(chosen.touchesLive ? warnOfRest(facts, chosen) : []),
		...(answers.flushCache || facts.caches.length === 0 || !chosen.touchesLive ? [] : [warnOfCaches(facts.caches)]),
	];
}

/** The same for a stack that is set up anew. Pure. */
export function findRebuildWarnings(
	manifest: Manifest,
	files: readonly PlannedFile[],
	elsewhere: readonly string[],
): readonly PlanWarning[] {
	const replaced = files.filter(file => file.former !== null);
	return [
		...(replaced.length > 0
			? [{message: `Replaced, with what is there now kept beside it: ${replaced.map(file => file.name).join(', ')}`}]
			: []),
		...warnOfElsewhere(elsewhere),
		...manifest.notCovered.map(({what, why}) => ({
			message: `Not in the backup: ${what}${why === '' ? '' : `. ${why}`}`,
		})),
	];
}

function warnOfElsewhere(elsewhere: readonly string[]): readonly PlanWarning[] {
	if (elsewhere.length === 0) return [];
	return [
		{
			message: `Not written, because outside of this folder: ${elsewhere.join(', ')}`,
			hint: 'Take them from config/outside-of-directory/ in the backup (unzip), if this machine needs them',
		},
	];
}

function warnOfSource(source: SourceSummary, databases: readonly PlannedDatabase[]): readonly PlanWarning[] {
	const chosen = databases.flatMap(database => source.databases[database.source] ?? []);
	return [
		...chosen.flatMap(database =>
			database.lacks.map(what => ({
				message: `The backup of ${database.name ?? 'the database'} is partial. It does not bring back: ${what}`,
				hint: 'Restore it into another database (--to-database NAME) and copy what you need',
			})),
		),
		...(chosen.some(database => database.rows === null)
			? [
					{
						message: 'The file does not say how many rows it holds: tables can be listed afterwards, not compared',
						hint: 'Backups made by `lifeboat backup` carry row counts',
					},
				]
			: []),
	];
}

/** What the backup holds besides the databases and is not brought back. */
function warnOfRest({config, storage}: RestoreFacts, {files, volumes}: Chosen): readonly PlanWarning[] {
	const leftVolumes = storage.volumes.filter(volume => !volumes.includes(volume));
	return [
		...(config.files.length > 0 && files.length === 0
			? [
					{
						message: `${config.files.map(file => file.name).join(', ')} ${config.files.length === 1 ? 'is' : 'are'} not as in the backup, and ${config.files.length === 1 ? 'stays' : 'stay'} as now`,
						hint: 'Add --config to bring back the compose files and env files of the backup',
					},
				]
			: []),
		...(files.length > 0 ? warnOfElsewhere(config.elsewhere) : []),
		...(leftVolumes.length > 0
			? [
					{
						message: `The backup also holds files, which stay as they are here: ${leftVolumes.map(describeVolume).join(', ')}`,
						hint: 'Add --volumes to bring them back too',
					},
				]
			: []),
		...(storage.unknown.length > 0 ? [{message: `This stack has no place for: ${storage.unknown.join(', ')}`}] : []),
	];
}

function warnOfSecrets(changed: readonly string[]): readonly PlanWarning[] {
	if (changed.length === 0) return [];
	return [
		{
			message: `${changed.join(', ')} ${changed.length === 1 ? 'is' : 'are'} not what ${changed.length === 1 ? 'it was' : 'they were'} when the backup was made`,
			hint: 'A key that encrypts rows must be the one of the backup, or these rows cannot be read: take it from config/ in the backup. A key that only signs sessions signs everybody out',
		},
	];
}

function warnOfCaches(caches: readonly PlannedCache[]): PlanWarning {
	return {
		message: `${caches.map(cache => cache.service).join(', ')} may still hold entries of the data that is replaced`,
		hint: `Add --flush-cache to empty ${caches.length === 1 ? 'it' : 'them'} (${caches.map(cache => cache.summary).join('; ')})`,
	};
}
