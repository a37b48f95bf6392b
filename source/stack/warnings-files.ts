import type {ContainerDetails} from '../engine/types.js';
import {isMadeOtherwise} from './config-hashes.js';
import {isUnpinned, parseImageReference} from './image-reference.js';
import {shortenPath} from './paths.js';
import type {StackFacts} from './stack-facts.js';
import type {WarningRule} from './warnings.js';

export const fileWarnings: readonly WarningRule[] = [
	{
		code: 'compose-file-invalid',
		find: ({context: {refusal}}) =>
			refusal
				? [
						{
							message: `${refusal.message}. What is shown comes from the running containers`,
							hint: refusal.hint ?? 'Correct the files',
						},
					]
				: [],
	},
	{
		code: 'same-project-name',
		find: ({stack, context: {strangerDirectory}}) =>
			strangerDirectory === undefined
				? []
				: [
						{
							message: `Another stack of the name ${stack.project} runs, started in ${strangerDirectory}: \`docker compose up\` here would replace it`,
							hint: 'Give one of them another name with `name:` or -p',
						},
					],
	},
	{
		code: 'edited-since-up',
		find: ({stack, facts, context: {expectedHashes, runtime}}) => {
			const edited = stack.services
				.filter(
					({name, oneShot}) => !oneShot && isEdited(name, facts, expectedHashes?.get(name), runtime?.get(name) ?? []),
				)
				.map(({name}) => name);
			return edited.length === 0
				? []
				: [
						{
							message: `The files were edited after the last \`docker compose up\`: ${edited.join(', ')} would be made anew`,
							hint: '`docker compose up -d` applies the files; check them first if you did not mean to change anything',
						},
					];
		},
	},
	{
		code: 'dollar-swallowed',
		find: ({stack, facts: {raw}}) =>
			raw.swallowed.map(({file, name}) => ({
				message: `In ${shortenPath(stack.directory, file)} the value of ${name} holds a $ that Compose takes for a variable, which is not set`,
				hint: file.endsWith('ml') ? `Write $$ for each $ in ${name}` : `Put the value of ${name} in single quotes`,
			})),
	},
	{
		code: 'env-file-missing',
		find: ({stack, facts: {raw}}) =>
			[...new Set(raw.missing)].map(file => ({
				message: `The compose files name ${shortenPath(stack.directory, file)}, which cannot be read`,
				hint: 'Create it, often as a copy of the .example beside it, or correct its permissions',
			})),
	},
	{
		code: 'variables-unset',
		find: ({context: {composeWarnings}, facts: {raw}}) => {
			const swallowed = new Set(raw.swallowed.map(({variable}) => variable));
			const unset = (composeWarnings ?? [])
				.flatMap(line => /The \\?"?(\w+)\\?"? variable is not set/.exec(line)?.[1] ?? [])
				.filter(name => !swallowed.has(name));
			return unset.length === 0
				? []
				: [
						{
							message: `Not set, so Compose puts nothing in their place: ${[...new Set(unset)].join(', ')}`,
							hint: 'Set them in the .env file beside the compose file',
						},
					];
		},
	},
	{
		code: 'connection-string',
		find: ({facts}) => {
			const seen = new Set<string>();
			return facts.connections
				.filter(({connection}) => connection.engine === 'postgresql')
				.flatMap(({service, variable, connection}) =>
					connection.problems.flatMap(problem => {
						const key = `${variable} ${problem.code}`;
						if (seen.has(key)) return [];
						seen.add(key);
						return [
							{
								service,
								message: `${variable} of ${service}: ${problem.text}`,
								hint: 'Troubleshoot offers to write it correctly; the password itself stays as it is',
							},
						];
					}),
				);
		},
	},
	{
		code: 'image-unpinned',
		find: ({stack}) => {
			const unpinned = stack.services.filter(
				({image, build, role}) =>
					image !== null && !build && isUnpinned(image) && ['app', 'worker', 'database', 'migrate'].includes(role),
			);
			return unpinned.length === 0
				? []
				: [
						{
							message: `Images without a fixed version: ${[...new Set(unpinned.map(({image}) => parseImageReference(image ?? '').path))].join(', ')}`,
							hint: 'Write the version into the compose file, so that an upgrade happens when you want it and can be undone',
						},
					];
		},
	},
	{
		code: 'engine',
		find: ({context: {engineError}}) =>
			engineError
				? [
						{
							message: `${engineError.message}. What is shown comes from the files alone`,
							hint: engineError.hint ?? 'Start the engine',
						},
					]
				: [],
	},
	{
		code: 'no-backup',
		find: ({stack, context: {backups}}) =>
			backups === 0 && stack.databases.length > 0
				? [{message: 'There is no backup of this stack yet', hint: 'Choose Back up, or run `lifeboat backup`'}]
				: [],
	},
];

/**
 * Compares the hash that the container was made with to the one of the files. `config --hash` leaves env files out while `up` takes
 * them in (Compose 2.26), so for a service with an env_file the variables themselves are compared.
 */
function isEdited(
	name: string,
	{model, raw}: StackFacts,
	expected: string | undefined,
	containers: readonly ContainerDetails[],
): boolean {
	if (expected === undefined) return false;
	const hasEnvFile = raw.services.get(name)?.some(({envFiles}) => envFiles.length > 0) ?? false;
	if (!hasEnvFile) {
		const dependsOn = Object.keys(model.services.find(service => service.name === name)?.dependsOn ?? {});
		return containers.some(({labels}) => isMadeOtherwise(labels, expected, dependsOn));
	}

	const wanted = Object.entries(model.services.find(service => service.name === name)?.environment ?? {});
	return containers.some(({environment}) =>
		wanted.some(([variable, value]) => value !== null && environment[variable] !== value),
	);
}
