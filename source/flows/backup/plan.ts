import {relative, sep} from 'node:path';
import {AppError} from '../../errors.js';
import {describeLacks} from '../../postgres/dump.js';
import type {DurableStorage, Stack} from '../../stack/stack.js';
import type {BackupAnswers} from './answers.js';
import type {Output} from './choose-output.js';
import {type LeftOut, type PlannedServer, selectServers} from './select-servers.js';

/** Durable files that go into the bundle as one tar.gz. */
export type PlannedVolume = DurableStorage & {
	readonly source: string;
	/** Image already here whose `tar` reads the files. */
	readonly image: string;
	/** Null when it was not measured. */
	readonly sizeBytes: number | null;
	/** Folders below the volume's root that are left out, relative to it: the backups themselves. */
	readonly excludes: readonly string[];
};

/** Where the key of an encrypted bundle comes from; never the key itself. */
export type PlannedEncryption =
	| {readonly kind: 'none'}
	| {readonly kind: 'passphrase'; readonly file: string | null}
	| {readonly kind: 'recipients'; readonly recipients: readonly string[]};

export type PlanWarning = {readonly message: string; readonly hint?: string | undefined};

/** All that the run needs; serialisable, shown by the review and by `--dry-run`. Holds no secret. */
export type BackupPlan = {
	readonly stack: Stack;
	readonly output: Output;
	readonly servers: readonly PlannedServer[];
	readonly format: BackupAnswers['format'];
	/** Tables dumped at the same time. */
	readonly jobs: number;
	readonly schemaOnly: boolean;
	/** Patterns for pg_dump --table; empty for whole databases. */
	readonly tables: readonly string[];
	readonly owner: boolean;
	readonly acl: boolean;
	readonly rolePasswords: boolean;
	readonly lockTimeoutSeconds: number;
	readonly volumes: readonly PlannedVolume[];
	readonly encryption: PlannedEncryption;
	readonly verify: boolean;
	readonly copyTo: readonly string[];
	/** What a restore of the dumps alone does not bring back; empty for whole databases. */
	readonly lacks: readonly string[];
	readonly leftOut: readonly LeftOut[];
	/** Size of the last backup of this stack; null when there is none. */
	readonly previousBytes: number | null;
	/** Free bytes where the bundle goes; null when unknown. */
	readonly freeBytes: number | null;
	readonly warnings: readonly PlanWarning[];
};

/** What `prepare` found out beyond the stack, so that planning itself reads nothing. */
export type BackupFacts = {
	readonly output: Output;
	readonly freeBytes: number | null;
	readonly previousBytes: number | null;
	readonly tableGroups: Readonly<Record<string, readonly string[]>>;
	readonly hasPassphrase: boolean;
	readonly verifyByDefault: boolean;
	/** Image for reading volumes; null when none is here. */
	readonly volumeImage: string | null;
	/** Bytes by `source`. */
	readonly volumeSizes: ReadonlyMap<string, number>;
};

/** Without --volumes, volumes and binds are included up to this size in all. */
export const volumeLimitBytes = 5 * 1024 ** 3;

/** Plans a backup. Pure. Throws AppError as `selectServers` does, and usage for an unknown group or an encryption without a key. */
export function planBackup(stack: Stack, answers: BackupAnswers, facts: BackupFacts): BackupPlan {
	const {servers, leftOut} = selectServers(stack, answers);
	const tables = [...answers.tables, ...tablesOfGroups(answers.groups, facts.tableGroups)];
	const isPartial = tables.length > 0 || answers.schemaOnly;
	const volumes = planVolumes(
		stack,
		answers,
		facts,
		isPartial || answers.databases.length + answers.services.length > 0,
	);
	return {
		stack,
		output: facts.output,
		servers,
		// pg_dump works in parallel in this format only.
		format: answers.jobs > 1 ? 'directory' : answers.format,
		jobs: answers.jobs,
		schemaOnly: answers.schemaOnly,
		tables,
		owner: answers.owner,
		acl: answers.acl,
		rolePasswords: answers.rolePasswords,
		lockTimeoutSeconds: answers.lockTimeoutSeconds,
		volumes: volumes.included,
		encryption: planEncryption(answers, facts),
		verify: answers.verify ?? facts.verifyByDefault,
		copyTo: answers.copyTo,
		lacks: describeLacks({
			schemaOnly: answers.schemaOnly,
			tables,
			noOwner: !answers.owner,
			noAcl: !answers.acl,
		}),
		leftOut: [...leftOut, ...volumes.leftOut],
		previousBytes: isPartial ? null : facts.previousBytes,
		freeBytes: facts.freeBytes,
		warnings: [...volumes.warnings, ...formatWarnings(answers)],
	};
}

function tablesOfGroups(
	names: readonly string[],
	groups: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
	return names.flatMap(name => {
		const tables = groups[name];
		if (tables !== undefined && tables.length > 0) return tables;
		const known = Object.keys(groups);
		throw new AppError('usage', `There is no group of tables ${name} in the settings`, {
			hint:
				known.length > 0
					? `Choose among: ${known.join(', ')}`
					: 'Define groups in the settings, or name tables with --table',
		});
	});
}

function planEncryption(answers: BackupAnswers, facts: BackupFacts): PlannedEncryption {
	if (answers.recipients.length > 0) return {kind: 'recipients', recipients: answers.recipients};
	if (answers.passphraseFile !== undefined) return {kind: 'passphrase', file: answers.passphraseFile};
	if (!answers.encrypt) return {kind: 'none'};
	if (facts.hasPassphrase) return {kind: 'passphrase', file: null};
	throw new AppError('usage', '--encrypt needs a passphrase or a recipient', {
		hint: 'Set LIFEBOAT_PASSPHRASE, or add --passphrase-file FILE or --recipient age1…',
	});
}

function formatWarnings(answers: BackupAnswers): readonly PlanWarning[] {
	return [
		...(answers.format === 'plain'
			? [
					{
						message: 'Plain SQL restores as a whole only, on one processor',
						hint: 'Use the default format unless you want to read or edit the SQL',
					},
				]
			: []),
		...(answers.rolePasswords
			? []
			: [
					{
						message: 'Role passwords are left out',
						hint: 'After a restore on a new server set them again (ALTER ROLE … PASSWORD)',
					},
				]),
	];
}

type VolumePlan = {
	readonly included: readonly PlannedVolume[];
	readonly leftOut: readonly LeftOut[];
	readonly warnings: readonly PlanWarning[];
};

function planVolumes(stack: Stack, answers: BackupAnswers, facts: BackupFacts, isNarrow: boolean): VolumePlan {
	const storages = distinctStorages(stack.durable);
	const nothing = (why: string, warnings: readonly PlanWarning[] = []): VolumePlan => ({
		included: [],
		leftOut: storages.map(one => ({what: describeStorage(one), why})),
		warnings,
	});
	if (storages.length === 0) return nothing('');
	if (answers.volumes === false) return nothing('It was left out (--no-volumes)');
	if (answers.volumes === undefined && isNarrow) return nothing('Only a part of the stack was chosen; add --volumes');
	if (facts.volumeImage === null)
		return nothing('No image that could read it is on this machine', [
			{message: 'Volumes are left out: no image that could read them is on this machine'},
		]);

	const {volumeImage: image} = facts;
	const known = storages.flatMap(one => {
		const source = one.source ?? (one.type === 'bind' ? one.name : null);
		if (source === null || source === undefined) return [];
		const sizeBytes = facts.volumeSizes.get(source) ?? null;
		return [{...one, source, image, sizeBytes, excludes: excludesOf(one.type, source, facts.output)}];
	});
	const unknown = storages.filter(
		one => !known.some(other => other.name === one.name && other.service === one.service),
	);
	const total = known.reduce((sum, one) => sum + (one.sizeBytes ?? 0), 0);
	if (answers.volumes === undefined && total > volumeLimitBytes)
		return nothing('The volumes are large; add --volumes to include them', [
			{
				message: `Volumes are left out: together they hold more than ${volumeLimitBytes / 1024 ** 3} GiB`,
				hint: 'Add --volumes to include them, or --no-volumes to leave them out without this warning',
			},
		]);
	const isLive = known.some(one =>
		stack.services.some(other => other.name === one.service && other.state === 'running'),
	);
	return {
		included: known,
		leftOut: unknown.map(one => ({what: describeStorage(one), why: 'The engine does not have it yet'})),
		warnings: isLive
			? [
					{
						message:
							'Files are copied after the databases while their services run: files that change meanwhile may be newer than the data',
						hint: 'Stop the services first where that matters',
					},
				]
			: [],
	};
}

export function describeStorage(storage: Pick<DurableStorage, 'type' | 'name' | 'service'>): string {
	return `${storage.type === 'volume' ? 'Volume' : 'Folder'} ${storage.name} (${storage.service})`;
}

/** Services often share a volume: it is copied once. */
function distinctStorages(storages: readonly DurableStorage[]): readonly DurableStorage[] {
	const key = (one: DurableStorage) => `${one.type}:${one.source ?? one.name}`;
	return storages.filter((one, index) => storages.findIndex(other => key(other) === key(one)) === index);
}

/** A bind that holds the folder of the backups must not swallow them. */
function excludesOf(type: DurableStorage['type'], source: string, output: Output): readonly string[] {
	if (type !== 'bind') return [];
	const path = relative(source, output.directory);
	if (path.startsWith('..') || path.startsWith(sep)) return [];
	return path === '' ? ['*.zip', '*.zip.age', '.*.partial'] : [path];
}
