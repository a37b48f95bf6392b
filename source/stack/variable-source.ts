import {envFileValues} from './env-file.js';
import type {StackFiles} from './stack-files.js';

/** Where a variable of a service gets its value: what has to be edited so that the container gets another one. */
export type VariableSource =
	/** An assignment `name` in an env file, which may not be there yet. */
	| {readonly kind: 'env-file'; readonly path: string; readonly name: string}
	/** Text in a compose file, with its `$NAME`s as they stand there. */
	| {readonly kind: 'compose'; readonly file: string; readonly value: string}
	/** The shell that starts Compose, which wins over every file. */
	| {readonly kind: 'shell'; readonly name: string}
	/** No file sets it for this service. */
	| {readonly kind: 'nowhere'};

const soleReference = /^\$(?:(\w+)|\{(\w+)(?::?[-?][^{}]*)?\})$/;

/**
 * Follows a variable of a service to its origin: `environment` wins over `env_file`, later files win over earlier ones, and a value that
 * is one reference alone (`${NAME:-…}`) leads to the env file that interpolation reads.
 */
export function findVariableSource(files: StackFiles, service: string, variable: string): VariableSource {
	const {raw, shell} = files;
	const definitions = (raw.services.get(service) ?? []).toReversed();
	const literal = definitions.find(definition => variable in definition.environment);
	if (literal !== undefined) {
		const value = literal.environment[variable] ?? null;
		const [, plain, braced] = value === null ? [] : (soleReference.exec(value) ?? []);
		const name = value === null ? variable : (plain ?? braced);
		if (name === undefined) return {kind: 'compose', file: literal.file, value: value ?? ''};
		return shell[name] === undefined ? {kind: 'env-file', path: dotenvOf(files, name), name} : {kind: 'shell', name};
	}

	const file = definitions
		.flatMap(definition => definition.envFiles.toReversed())
		.find(({values}) => variable in values);
	return file === undefined ? {kind: 'nowhere'} : {kind: 'env-file', path: file.path, name: variable};
}

/** The `.env` file that sets a name for interpolation, else the one where it belongs; it may not exist yet. */
export function dotenvOf({raw, texts, dotenv}: StackFiles, name: string): string {
	return raw.dotenvFiles.find(path => name in envFileValues(texts.get(path) ?? '')) ?? raw.dotenvFiles[0] ?? dotenv;
}
