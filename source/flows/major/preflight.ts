import prettyBytes from 'pretty-bytes';
import {AppError} from '../../errors.js';
import type {Stack} from '../../stack/stack.js';
import type {MajorPlan, OldServer} from './plan.js';
import type {ImageSurvey, ServerSurvey} from './survey.js';

/** Refuses what cannot end well, before anything changes. Throws AppError preflight-failed, disk-low, database-not-running. */
export function refuseUnsafe(stack: Stack, survey: ServerSurvey, action: MajorPlan['action']): void {
	const {server, details, catalogue, data, imageMajor, sizeBytes} = survey;
	const refuse = (message: string, hint: string, fix?: readonly string[]) => {
		throw new AppError('preflight-failed', message, {hint, fix});
	};
	if (stack.source !== 'model')
		refuse(
			'Docker Compose refuses the files of this stack, so they cannot be edited',
			'Put right what Compose says first',
			['docker', 'compose', 'config'],
		);
	const service = stack.services.find(one => one.name === server.service);
	if (service?.build)
		refuse(
			`The image of ${server.service} is built here, so its version stands in a Dockerfile`,
			'Give the service an image of a registry, or back up, change the Dockerfile, and restore into a new volume',
		);
	if (!/docker[-_]entrypoint/.test(details.entrypoint.join(' ')))
		refuse(
			`The image of ${server.service} does not start as the official one does, so its new volume cannot be prepared`,
			"Back up, follow the image's own instructions for the new version, and restore",
			['lifeboat', 'backup'],
		);
	const cannotStart = imageMajor !== null && imageMajor !== data.major;
	if (catalogue === null && !cannotStart)
		throw new AppError(
			'database-not-running',
			`${server.service} does not run (${server.state}), and not because of its version`,
			{
				hint: 'Find out why first',
				fix: ['lifeboat', 'troubleshoot'],
			},
		);
	if (action === 'reindex' || catalogue === null) {
		refuseDisk(survey, action);
		return;
	}

	if (catalogue.replication.inRecovery)
		refuse(`${server.service} is a standby`, 'Upgrade its primary, then make it anew');
	if (catalogue.replication.standbys.length > 0)
		refuse(
			`Other servers follow ${server.service}: ${catalogue.replication.standbys.map(one => one.applicationName || one.address).join(', ')}`,
			'Disconnect them first; a standby must be made anew from the upgraded server',
		);
	if (catalogue.tablespaces.length > 0)
		refuse(
			`${server.service} has tablespaces of its own: ${catalogue.tablespaces.join(', ')}`,
			'Move what lies in them to pg_default (ALTER DATABASE … SET TABLESPACE) first',
		);
	if (catalogue.preparedTransactions.length > 0)
		refuse(
			`Prepared transactions are open: ${catalogue.preparedTransactions.map(one => `${one.name} in ${one.database}`).join(', ')}`,
			'Commit them or roll them back (see pg_prepared_xacts): a dump does not hold them',
		);
	const askerIsSuperuser =
		server.superuser ?? catalogue.roles.find(role => role.name === server.user)?.superuser ?? true;
	if (!askerIsSuperuser)
		refuse(
			`${server.user} is no superuser of ${server.service}`,
			'Roles and all databases can be moved by a superuser only',
		);
	if (sizeBytes !== null) refuseDisk(survey, action);
}

function refuseDisk({server, sizeBytes}: ServerSurvey, action: MajorPlan['action']): void {
	const needed = action === 'reindex' ? (sizeBytes ?? 0) * 0.5 : (sizeBytes ?? 0) * 1.5 + 200_000_000;
	if (server.freeBytes === null || server.freeBytes >= needed) return;
	throw new AppError(
		'disk-low',
		`The new data needs about ${prettyBytes(needed)} beside the old, and the disk has ${prettyBytes(server.freeBytes)}`,
		{hint: 'Make room where the volumes lie, then try again', fix: ['docker', 'system', 'df']},
	);
}

/** What the user should know before saying yes. Pure. */
export function warnOf(
	{server, catalogue, ownTemplates}: ServerSurvey,
	plan: {
		readonly old: OldServer;
		readonly image: ImageSurvey;
		readonly action: 'move' | 'adopt';
	},
): readonly {readonly message: string; readonly hint?: string | undefined}[] {
	const {old, image, action} = plan;
	const slots = catalogue?.replication.slots ?? [];
	return [
		...(old.cannotStart
			? [
					{
						message: `The data of ${server.service} is of PostgreSQL ${old.major} and its image is not: the data is intact, and is moved by a server of ${old.runs}`,
					},
				]
			: []),
		...(old.mount.type === 'anonymous' && action === 'move'
			? [{message: `The data of ${server.service} lies in an anonymous volume; afterwards it has a named one`}]
			: []),
		...(image.from === 'unknown'
			? [
					{
						message: `The registry does not say whether ${image.reference} exists: the pull will tell, before anything changes`,
					},
				]
			: []),
		...(image.extensions === null && action === 'move'
			? [
					{
						message: `${image.reference} is not here yet: its extensions are compared once it is pulled, before anything changes`,
					},
				]
			: []),
		...(old.networks.length === 0 && !old.cannotStart
			? [
					{
						message: `${server.service} cannot be taken off its network while its data moves: what others write to it then stays behind`,
						hint: 'Make sure that nothing outside of the stack writes to it',
					},
				]
			: []),
		...(ownTemplates.length > 0 && action === 'move'
			? [
					{
						message: `Template databases do not come along: ${ownTemplates.join(', ')}`,
						hint: 'To have one moved as any other, take its mark first: ALTER DATABASE … IS_TEMPLATE false',
					},
				]
			: []),
		...(slots.length > 0
			? [
					{
						message: `Replication slots do not come along: ${slots.map(slot => slot.name).join(', ')}`,
						hint: 'Let their subscribers make them anew afterwards',
					},
				]
			: []),
	];
}
