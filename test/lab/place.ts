import {access, cp, mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {basename, join} from 'node:path';
import type {StackDefinition} from './definitions.js';
import {findImagePrefix, pushRelease} from './registry.js';
import {cloneApplication, cloneContent, stackSource} from './repository.js';
import {labPath, prepareLabPath} from './state.js';

/** Where a project's bare origin lies. */
export function originOf(project: string): string {
	return labPath('origins', `${project}.git`);
}

/** Where the database server of a project lies that has it elsewhere. */
export function outsideOf(project: string): string {
	return labPath('elsewhere', `${project}-elsewhere`);
}

/**
 * Puts an application's files, env files and, where it is delivered by images, its first release in place.
 * Throws when the folder exists already.
 */
export async function placeStack(
	definition: StackDefinition,
	project: string,
	directory: string,
	overrides: Readonly<Record<string, string>>,
): Promise<void> {
	const taken = await access(directory).then(
		() => true,
		() => false,
	);
	if (taken) {
		throw new Error(`${directory} exists already; choose another folder for ${project}.`);
	}
	await mkdir(join(directory, '..'), {recursive: true});
	if (definition.delivery === 'git') {
		await prepareLabPath('origins', project);
		// Left by a stack whose folder somebody removed by hand.
		await rm(originOf(project), {recursive: true, force: true});
		await cloneApplication(definition, directory, originOf(project));
	} else {
		await cp(stackSource(definition.name, 'repository'), directory, {recursive: true});
		await pushRelease(definition, project, 'v1.0.0');
	}
	if (definition.contentClone !== undefined) {
		await rm(contentOriginOf(project), {recursive: true, force: true});
		await cloneContent(definition, join(directory, definition.contentClone), contentOriginOf(project));
	}
	if (definition.outside !== undefined) {
		await cp(stackSource(definition.name, 'elsewhere'), outsideOf(project), {recursive: true});
		await writeDotenv(join(outsideOf(project), '.env'), {
			...definition.outside,
			DATABASE_PORT: `${await findFreePort()}`,
		});
	}
	await writeEnvFiles(definition, project, directory, overrides);
}

/** The variables of an env file; values as they stand there. */
export async function readDotenv(path: string): Promise<Readonly<Record<string, string>>> {
	const text = await readFile(path, 'utf8');
	const pairs = text.split('\n').map(line => /^(\w+)=(.*)$/.exec(line));
	return Object.fromEntries(pairs.flatMap(match => (match?.[1] === undefined ? [] : [[match[1], match[2] ?? '']])));
}

function contentOriginOf(project: string): string {
	return labPath('origins', `${project}-content.git`);
}

async function writeEnvFiles(
	definition: StackDefinition,
	project: string,
	directory: string,
	overrides: Readonly<Record<string, string>>,
): Promise<void> {
	const ports: Record<string, string> = {};
	for (const name of [definition.health.portVariable, ...(definition.portVariables ?? [])]) {
		ports[name] = overrides[name] ?? `${await findFreePort()}`;
	}
	const known: Readonly<Record<string, string>> = {
		...ports,
		PROJECT: project,
		CONTENT_ORIGIN: contentOriginOf(project),
		REGISTRY: definition.delivery === 'registry' ? await findImagePrefix(project) : '',
	};
	const fill = (text: string) => text.replaceAll(/\$\{(\w+)\}/g, (reference, name: string) => known[name] ?? reference);
	const nameDiffers = basename(directory) !== project ? {COMPOSE_PROJECT_NAME: project} : {};
	for (const [file, variables] of Object.entries(definition.envFiles)) {
		const filled = Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, fill(value)]));
		const own = Object.entries(overrides).filter(([name]) => file === '.env' || name in variables);
		const extra = file === '.env' ? {...ports, ...nameDiffers} : {};
		await writeDotenv(join(directory, file), {...filled, ...extra, ...Object.fromEntries(own)});
	}
}

async function writeDotenv(path: string, variables: Readonly<Record<string, string>>): Promise<void> {
	const lines = Object.entries(variables).map(([name, value]) => `${name}=${value}\n`);
	await writeFile(path, lines.join(''), {mode: 0o600});
}

export async function findFreePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '0.0.0.0', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
		});
	});
}
