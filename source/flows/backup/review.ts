import prettyBytes from 'pretty-bytes';
import type {PlanReview} from '../flow.js';
import {type BackupPlan, describeStorage} from './plan.js';
import type {PlannedServer} from './select-servers.js';

/** What is backed up, where to, and what is not in it. */
export function reviewBackup(plan: BackupPlan): PlanReview {
	const {stack} = plan;
	return {
		title: `Back up ${stack.project}`,
		facts: [
			...plan.servers.map(one => [`Databases of ${one.service}`, describeDatabases(one)] as const),
			...(plan.lacks.length > 0 ? [['Partial', plan.lacks.join('; ')] as const] : []),
			['Format', describeFormat(plan)],
			...(plan.volumes.length > 0 ? [['Files', plan.volumes.map(describeVolume).join(', ')] as const] : []),
			['Goes to', describeOutput(plan)],
			['Encryption', describeEncryption(plan)],
			...(plan.previousBytes === null ? [] : [['Last backup', prettyBytes(plan.previousBytes)] as const]),
			...(plan.freeBytes === null ? [] : [['Free there', prettyBytes(plan.freeBytes)] as const]),
			...(plan.copyTo.length === 0 ? [] : [['Copied to', plan.copyTo.join(', ')] as const]),
		],
		steps: [
			...plan.servers.flatMap(server =>
				server.databases.map(database => ({
					title: `Dump ${database.name}`,
					detail: database.sizeBytes === null ? undefined : `${prettyBytes(database.sizeBytes)} on the server`,
				})),
			),
			{title: 'Save roles, compose files, env files and image digests'},
			...plan.volumes.map(volume => ({
				title: `Copy ${describeStorage(volume).toLowerCase()}`,
				detail: volume.sizeBytes === null ? undefined : prettyBytes(volume.sizeBytes),
			})),
			{title: 'Read the file back and compare every checksum'},
			...(plan.verify ? [{title: 'Restore the backup into a throwaway server and count its rows'}] : []),
			...plan.copyTo.map(place => ({title: `Copy the file to ${place}`})),
		],
		warnings: [
			...plan.warnings,
			...plan.leftOut.map(one => ({
				message: `Not in the backup: ${one.what}`,
				hint: one.why === '' ? undefined : one.why,
			})),
		],
		destroys: [],
		needsConsent: false,
	};
}

function describeDatabases(server: PlannedServer): string {
	return server.databases
		.map(one => (one.sizeBytes === null ? one.name : `${one.name} (${prettyBytes(one.sizeBytes)})`))
		.join(', ');
}

function describeFormat(plan: BackupPlan): string {
	const names = {
		custom: "PostgreSQL's custom format",
		plain: 'plain SQL, gzip',
		directory: "PostgreSQL's directory format",
	};
	return [
		names[plan.format],
		...(plan.jobs > 1 ? [`${plan.jobs} tables at a time`] : []),
		...(plan.owner ? [] : ['without owners']),
		...(plan.acl ? [] : ['without grants']),
		...(plan.rolePasswords ? [] : ['without role passwords']),
	].join(', ');
}

function describeVolume(volume: BackupPlan['volumes'][number]): string {
	return volume.sizeBytes === null ? volume.name : `${volume.name} (${prettyBytes(volume.sizeBytes)})`;
}

function describeOutput({output, stack}: BackupPlan): string {
	const place = output.directory.startsWith(`${stack.directory}/`)
		? `.${output.directory.slice(stack.directory.length)}`
		: output.directory;
	return output.name === null ? place : `${place}/${output.name}`;
}

function describeEncryption({encryption}: BackupPlan): string {
	if (encryption.kind === 'none') return 'none (the file holds secrets; it is readable by you alone)';
	if (encryption.kind === 'recipients') return `age, ${encryption.recipients.length} recipient(s)`;
	return encryption.file === null ? 'age, passphrase of LIFEBOAT_PASSPHRASE' : `age, passphrase in ${encryption.file}`;
}
