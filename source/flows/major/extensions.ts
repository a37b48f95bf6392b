import {AppError} from '../../errors.js';
import type {ImageExtension} from '../../postgres/image-extensions.js';
import type {DatabaseServer} from '../../stack/stack.js';
import {suggestImage} from '../restore/preflight.js';
import type {PlannedExtension} from './plan.js';

/** Every extension in use with what an image has of it. Pure. */
export function compareExtensions(
	server: Pick<DatabaseServer, 'server'>,
	image: readonly ImageExtension[] | null,
): readonly PlannedExtension[] {
	const used = new Map<string, {version: string; databases: string[]}>();
	for (const database of server.server?.databases ?? [])
		for (const {name, version} of database.extensions) {
			const known = used.get(name) ?? {version, databases: []};
			used.set(name, {...known, databases: [...known.databases, database.name]});
		}

	return [...used].map(([name, {version, databases}]) => ({
		name,
		version,
		databases,
		offered:
			image === null
				? null
				: offer(
						image.find(one => one.name === name),
						version,
					),
	}));
}

/** Empty for an extension that the image does not have. TimescaleDB is restored into its own version, where the image has that. */
function offer(extension: ImageExtension | undefined, version: string): string {
	if (extension === undefined) return '';
	return extension.name === 'timescaledb' && extension.versions.includes(version) ? version : extension.defaultVersion;
}

/** Throws AppError extension-missing for what the new server would lack, with what to do. An image that is not here yet is asked once it is. */
export function refuseExtensions(
	extensions: readonly PlannedExtension[],
	image: {readonly reference: string},
	major: number,
	service: string,
): void {
	const missing = extensions.filter(one => one.offered === '');
	const [first] = missing;
	if (first !== undefined) {
		const other = missing.map(one => suggestImage(one.name, major)).find(suggestion => suggestion !== undefined);
		throw new AppError(
			'extension-missing',
			`${image.reference} does not have ${missing.map(one => `${one.name} ${one.version}`).join(', ')}, which ${first.databases.join(', ')} uses`,
			{
				hint: `Name an image of PostgreSQL ${major} that has ${missing.length === 1 ? 'it' : 'them'}, or drop the extension first if nothing needs it`,
				fix: ['lifeboat', 'upgrade', '--postgres', String(major), '--image', other ?? 'repository:tag'],
			},
		);
	}

	const timescale = extensions.find(one => one.name === 'timescaledb');
	if (timescale === undefined || timescale.offered === null || timescale.offered === timescale.version) return;
	throw new AppError(
		'extension-missing',
		`TimescaleDB moves only between equal versions: ${service} has ${timescale.version}, ${image.reference} has ${timescale.offered}`,
		{
			hint: `Take an image of the version that runs now with TimescaleDB ${timescale.offered}, run ALTER EXTENSION timescaledb UPDATE in ${timescale.databases.join(', ')}, then upgrade; or name an image of PostgreSQL ${major} with ${timescale.version}`,
			fix: [
				'lifeboat',
				'upgrade',
				'--postgres',
				String(major),
				'--image',
				`timescale/timescaledb:${timescale.version}-pg${major}`,
			],
		},
	);
}
