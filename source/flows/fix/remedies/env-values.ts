import {isSecretName} from '../../../redaction.js';
import {readEnvFile} from '../../../stack/env-file.js';
import {connectionsInUse} from '../connection-in-use.js';
import {Draft, escapeDollars} from '../draft.js';
import {type Remedy, refuse} from '../remedy.js';

/** Writes values so that they arrive as they were meant: a `$` that Compose took for a variable, quotes that became part of the value. */
export const unquoteValue: Remedy = {
	plan(context) {
		const {files} = context;
		const draft = new Draft(context);
		for (const {file, name, variable} of files.raw.swallowed) {
			const text = draft.text(file) ?? '';
			const entry = files.raw.composeFiles.includes(file)
				? undefined
				: readEnvFile(text).findLast(one => one.name === name);
			if (entry !== undefined) draft.setEnv(file, name, entry.quote === '"' ? entry.raw.slice(1, -1) : entry.raw);
			else draft.replace(file, doubleDollar(text, name, variable));
		}

		for (const {service, variable, value} of connectionsInUse(context)) {
			const bare = /^\s*(["'])(.*)\1\s*$/s.exec(value)?.[2] ?? value.trim();
			if (bare !== value) draft.setVariable(service, variable, bare);
		}

		const edits = draft.edits();
		if (edits.length === 0)
			return refuse(
				'No value of the files is one that Compose reads otherwise than it is written',
				'Compare with: docker compose config',
			);
		const names = files.raw.swallowed.map(({name}) => name);
		const users = context.stack.services
			.filter(({name}) => files.raw.services.get(name)?.some(definition => mentions(definition.environment, names)))
			.map(({name}) => name);
		return {
			actions: edits,
			target: draft.target(),
			recreate: [...new Set([...users, ...(context.finding.service === null ? [] : [context.finding.service])])].filter(
				name => !context.stack.databases.some(server => server.service === name),
			),
			effects: names.some(name => /PASSWORD|PASSWD/.test(name) && isSecretName(name))
				? [
						'The database keeps the password with which its volume was made: if it then refuses the new one, give the role that password',
					]
				: [],
		};
	},
};

function mentions(environment: Readonly<Record<string, string | null>>, names: readonly string[]): boolean {
	return Object.entries(environment).some(
		([name, value]) => names.includes(name) || names.some(other => value?.includes(other) ?? name === other),
	);
}

/** Doubles the `$` of a name in the lines of a compose file that set the variable. */
function doubleDollar(text: string, name: string, variable: string): string {
	return text
		.split('\n')
		.map(line =>
			new RegExp(`^\\s*(?:-\\s*)?["']?${name}["']?\\s*[:=]`).test(line)
				? line.replaceAll(new RegExp(`(?<!\\$)\\$(?=${variable}\\b)`, 'g'), escapeDollars('$'))
				: line,
		)
		.join('\n');
}
