import {envFileValues, readEnvFile} from './env-file.js';

/** A value in which Compose takes a `$` for a variable that is set nowhere. */
export type SwallowedDollar = {readonly file: string; readonly name: string; readonly variable: string};

/** A bare `$name` inside of a longer value, set nowhere: `ab$cd` is rather a password than a text with a variable. */
export function swallowedIn(
	value: string,
	variables: Readonly<Record<string, string | undefined>>,
): string | undefined {
	for (const [, variable = ''] of value
		.replaceAll('$$', '')
		.replace(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '')
		.matchAll(/(?<=[^\s{])\$([A-Za-z_]\w*)/g)) {
		if (variables[variable] === undefined) return variable;
	}

	return undefined;
}

/** The values of an env file in which that happens. */
export function findSwallowed(
	file: string,
	content: string,
	variables: Readonly<Record<string, string | undefined>>,
): readonly SwallowedDollar[] {
	const own = envFileValues(content, variables);
	return readEnvFile(content, variables).flatMap(({name, raw, quote}) => {
		const variable = quote === "'" ? undefined : swallowedIn(raw.replaceAll('\\$', ''), {...variables, ...own});
		return variable === undefined ? [] : [{file, name, variable}];
	});
}
