import {isSecretName} from '../redaction.js';
import type {ModelService} from './compose-model.js';
import {parseConnectionString} from './connection-string.js';
import type {WarningInput, WarningRule} from './warnings.js';

const defaultWords =
	/^(?:changeme|change[-_]?(?:me|this|it).*|.*(?:change[-_]?(?:me|this)|replace[-_]?(?:me|this)|your[-_].*(?:here|key|secret|password)).*|password\d*|passw0rd|pass|pw|secret|admin|root|postgres|postgresql|example|default|test|demo|qwerty|letmein|123456789?0?|12345678|supersecret|mysecretpassword|insecure.*|todo|xxx+|none)$/i;

/** Secrets of all services by variable name. */
function secretValues({
	facts,
}: WarningInput): readonly {readonly name: string; readonly value: string; readonly service: ModelService}[] {
	return facts.model.services.flatMap(service =>
		Object.entries(service.environment).flatMap(([name, value]) => {
			if (!value || !isSecretName(name, value)) return [];
			// A connection string repeats the server's password, which is judged where the server is given it.
			return parseConnectionString(value) === undefined ? [{name, value, service}] : [];
		}),
	);
}

const namesOf = (secrets: readonly {readonly name: string}[]) =>
	[...new Set(secrets.map(({name}) => name))].sort().join(', ');

function isDefault({
	name,
	value,
	service,
}: {
	readonly name: string;
	readonly value: string;
	readonly service: ModelService;
}): boolean {
	if (defaultWords.test(value)) return true;
	const user = service.environment['POSTGRES_USER'] ?? service.environment['POSTGRESQL_USERNAME'];
	return /PASS|PWD/i.test(name) && (value === user || value === service.name);
}

/** Fewer than 8 characters, or fewer than 5 different ones. */
const isWeak = (value: string) => value.length < 8 || new Set(value).size < 5;

export const secretWarnings: readonly WarningRule[] = [
	{
		code: 'secret-default',
		find: input => {
			const found = secretValues(input).filter(isDefault);
			return found.length === 0
				? []
				: [
						{
							message: `Secrets that everybody can guess (defaults of examples): ${namesOf(found)}`,
							hint: 'Set secrets of your own in .env, for example from `openssl rand -hex 32`; the password of the database must be changed in the database too: Troubleshoot does both',
						},
					];
		},
	},
	{
		code: 'secret-weak',
		find: input => {
			const found = secretValues(input).filter(secret => !isDefault(secret) && isWeak(secret.value));
			return found.length === 0
				? []
				: [
						{
							message: `Secrets that are too short to be safe: ${namesOf(found)}`,
							hint: 'Use at least 16 random characters, for example from `openssl rand -hex 32`',
						},
					];
		},
	},
	{
		code: 'secret-shared',
		find: input => {
			const groups = new Map<string, Set<string>>();
			for (const {name, value, service} of secretValues(input)) {
				if (!/(?:SECRET|KEY|SALT|TOKEN)/i.test(name) || /PASS|PWD|USER|URL|URI|DSN/i.test(name) || isWeak(value))
					continue;
				const key = `${service.name}\u0000${value}`;
				groups.set(key, (groups.get(key) ?? new Set()).add(name));
			}

			const shared = new Set(
				[...groups.values()].filter(names => names.size > 1).map(names => [...names].sort().join(' = ')),
			);
			return shared.size === 0
				? []
				: [
						{
							message: `The same value serves several purposes: ${[...shared].join('; ')}`,
							hint: 'Give each its own value where the application allows it: whoever learns one knows the others',
						},
					];
		},
	},
];
