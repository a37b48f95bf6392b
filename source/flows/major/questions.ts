import {imagesForMajor} from '../../release/target-image.js';
import type {DatabaseServer, Stack} from '../../stack/stack.js';
import type {Choice, Question} from '../flow.js';
import {type MajorAnswers, newestMajor, oldestMajor} from './answers.js';

/** What neither flags nor the stack say: which of several servers, and an image that does not follow from the one in use. */
export async function askMajor(stack: Stack, given: Partial<MajorAnswers>): Promise<readonly Question[]> {
	const servers = stack.databases.filter(server => !server.replica);
	const server = servers.find(one => one.service === given.service) ?? (servers.length === 1 ? servers[0] : undefined);
	if (server === undefined && servers.length > 1 && given.service === undefined)
		return [
			{
				id: 'service',
				kind: 'choice',
				title: 'Which server do you want to upgrade?',
				flag: '--service',
				choices: servers.map(one => ({value: one.service, label: one.service, hint: one.image ?? undefined})),
			},
		];
	const major = Number(given.postgres);
	if (server?.image === null || server === undefined || given.image !== undefined || major === server.major) return [];
	if (imagesForMajor(server.image, major).length > 0) return [];
	return [
		{
			id: 'image',
			kind: 'text',
			title: `Which image has PostgreSQL ${major} with what ${server.image} has?`,
			hint: 'The same image, built for the new version: repository:tag',
			flag: '--image',
		},
	];
}

/** The versions and repairs that make sense for the servers of a stack, for the wizard; empty when there are none. */
export function majorChoices(stack: Stack): readonly Choice[] {
	const servers = stack.databases.filter(server => !server.replica && server.containerId !== null);
	const [server] = servers;
	if (server === undefined) return [];
	const now = server.serverVersion === null ? server.major : Number.parseInt(server.serverVersion, 10);
	if (now === null) return [];
	return [
		...(cannotStart(server)
			? [{value: String(now), label: 'The database that does not start', hint: 'its data may be of another PostgreSQL'}]
			: []),
		...(server.dataMount.type === 'anonymous' && !cannotStart(server)
			? [
					{
						value: String(now),
						label: 'A volume that stays',
						hint: `the data of ${server.service} lies in an anonymous one`,
					},
				]
			: []),
		...newerMajors(now).map(major => ({
			value: String(major),
			label: `PostgreSQL ${major}`,
			hint:
				major === newestMajor
					? `${server.service} has ${now}; a new volume, with a way back`
					: `where the application does not know ${major + 1} yet`,
		})),
	];
}

/** Newest first: what an application supports is often a version or two behind. */
function newerMajors(now: number): readonly number[] {
	const first = Math.max(now + 1, oldestMajor);
	return Array.from({length: Math.max(0, newestMajor - first + 1)}, (_, index) => newestMajor - index);
}

function cannotStart(server: DatabaseServer): boolean {
	return server.state === 'restarting' || server.state === 'exited' || server.state === 'dead';
}
