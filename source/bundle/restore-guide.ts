import {databases} from './guide-databases.js';
import {fence, lines} from './guide-text.js';
import type {Manifest} from './manifest.js';
import {shellLine} from './shell-text.js';

/** Text of RESTORE.md: how to bring everything back with unzip, docker and PostgreSQL's own programs, for a day on which Lifeboat is not at hand. */
export function renderRestoreGuide(manifest: Manifest): string {
	const sections = [
		introduction(manifest),
		unpacking(manifest),
		configuration(manifest),
		...manifest.servers.flatMap(server => databases(manifest, server)),
		...volumes(manifest),
		starting(manifest, manifest.volumes.length === 0 ? 4 : 5),
		...remarks(manifest),
	];
	return `${sections.join('\n\n')}\n`;
}

function introduction(manifest: Manifest): string {
	const names = manifest.servers.flatMap(server => server.databases.map(({name}) => name));
	return lines(
		`# Restore ${manifest.project} by hand`,
		'',
		`Backup of the Compose project **${manifest.project}**, made ${manifest.createdAt} (UTC) by ${manifest.tool.name} ${manifest.tool.version}.`,
		`Databases: ${names.map(name => `\`${name}\``).join(', ') || 'none'}.`,
		'',
		'With Lifeboat at hand, `npx compose-lifeboat restore FILE` does all of this, keeps the old data, and checks the result.',
		'Without it, the commands below need only a shell, `unzip`, `docker compose`, and the PostgreSQL programs inside the database container.',
	);
}

function unpacking(manifest: Manifest): string {
	const sums = manifest.parts.map(part => `${part.sha256}  ${part.path}`);
	return lines(
		'## 1. Unpack and check',
		'',
		'If the file ends in `.age`, decrypt it first: `age -d -o backup.zip FILE.zip.age`.',
		'',
		fence('mkdir -m 700 restored && unzip FILE.zip -d restored && cd restored'),
		'',
		'Every line must say OK. A file that does not is damaged: use another backup.',
		'',
		fence("sha256sum -c <<'SUMS'", sums, 'SUMS'),
		'',
		'(On macOS: `shasum -a 256 -c` instead of `sha256sum -c`.)',
	);
}

function configuration(manifest: Manifest): string {
	const files = manifest.parts.filter(part => part.kind === 'config').map(part => part.path);
	const images = manifest.services.map(
		service =>
			`| ${service.name} | ${service.image ?? 'built here'} | ${service.digest ?? service.imageId ?? 'unknown'} |`,
	);
	return lines(
		'## 2. Put the stack in place',
		'',
		...gitLines(manifest),
		files.length === 0
			? 'This backup holds no configuration: use the compose file and env files that you have.'
			: `Copy what lies under \`config/\` to the folder of the stack (\`${manifest.directory}\`), where it differs: ${files.map(file => `\`${file}\``).join(', ')}. Keep the secrets of this backup: keys that encrypt rows must be those of the data.`,
		'',
		'Images that were in use; pin a digest where a tag has moved on:',
		'',
		'| Service | Image | Digest |',
		'|---|---|---|',
		images,
		'',
		'All commands from here on are typed in the folder of the stack, with `B` naming the unpacked folder:',
		'',
		fence('B=/path/to/restored'),
	);
}

function gitLines({git}: Manifest): readonly string[] {
	if (git === null) return [];
	const dirty = git.dirty ? ' There were changes that were not committed; they are not in here.' : '';
	return [`The stack's code was at revision \`${git.revision}\`: \`git checkout ${git.revision}\`.${dirty}`, ''];
}

function volumes(manifest: Manifest): readonly string[] {
	if (manifest.volumes.length === 0) return [];
	const image = manifest.servers[0]?.image ?? 'debian:stable-slim';
	return [
		lines(
			'## 4. Restore volumes and folders',
			'',
			'Each goes into an empty volume (or folder), while its service is stopped:',
			'',
			fence(
				...manifest.volumes.map(volume => {
					const source = volume.source ?? (volume.type === 'bind' ? volume.name : `${manifest.project}_${volume.name}`);
					const run = shellLine(
						'docker',
						'run',
						'--rm',
						'-i',
						'--user',
						'0',
						'--entrypoint',
						'tar',
						'-v',
						`${source}:/to`,
						image,
					);
					return `${run} -xzpf - -C /to < "$B"/${shellLine(volume.path)}`;
				}),
			),
		),
	];
}

function starting(manifest: Manifest, number: number): string {
	return lines(
		`## ${number}. Start, and look`,
		'',
		fence('docker compose up -d --wait', 'docker compose ps'),
		'',
		`Log in to ${manifest.project} and look at something recent. When all is well, drop the databases that you kept under another name.`,
	);
}

function remarks(manifest: Manifest): readonly string[] {
	const missing = manifest.notCovered.map(({what, why}) => `- ${what}: ${why}`);
	const warnings = manifest.warnings.map(({message, hint}) => `- ${message}${hint === null ? '' : ` (${hint})`}`);
	return [
		...(missing.length === 0 ? [] : [lines('## What this backup does not hold', '', ...missing)]),
		...(warnings.length === 0 ? [] : [lines('## Warnings when it was made', '', ...warnings)]),
	];
}
