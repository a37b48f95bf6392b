import {isSecretName} from '../redaction.js';
import type {StackFacts} from './stack-facts.js';

/** Names of variables that hold secrets: in containers, in env files, in build arguments and those that the compose files interpolate. */
export function findSecretVariables({model, raw}: Pick<StackFacts, 'model' | 'raw'>): readonly string[] {
	const values = new Map<string, string[]>();
	const add = (name: string, value: string | null | undefined) => {
		values.set(name, [...(values.get(name) ?? []), ...(value ? [value] : [])]);
	};
	for (const {environment, build} of model.services) {
		for (const [name, value] of [...Object.entries(environment), ...Object.entries(build?.args ?? {})])
			add(name, value);
	}

	for (const definition of [...raw.services.values()].flat()) {
		for (const [name, value] of Object.entries(definition.environment)) add(name, value?.includes('$') ? null : value);
		for (const {values: own} of definition.envFiles) for (const [name, value] of Object.entries(own)) add(name, value);
	}

	for (const [name, value] of Object.entries(raw.dotenv)) add(name, value);
	for (const name of raw.interpolated) add(name, raw.variables[name]);
	for (const {variable} of model.secrets) if (variable !== null) add(variable, raw.variables[variable]);
	return [...values]
		.filter(([name, own]) => (own.length === 0 ? isSecretName(name, '') : own.some(value => isSecretName(name, value))))
		.map(([name]) => name)
		.sort();
}
