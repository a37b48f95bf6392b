import {randomBytes} from 'node:crypto';
import {redactValue} from '../../../redaction.js';
import {isLoopback} from '../../../stack/service-hosts.js';
import type {Question} from '../../flow.js';
import {Draft} from '../draft.js';
import {type FixContext, type Remedy, refuse} from '../remedy.js';

/** Names of keys that encrypt what is stored: another value makes it unreadable for good. */
const encryptsRows =
	/ENCRYPT|CIPHER|CRYPT|FERNET|AES|MASTER_?KEY|VAULT|DATA_?KEY|PEPPER|SALT|(?:^|_)(?:APP_KEY|N8N_\w*KEY|SECRET_KEY_BASE|OTP_SECRET|DB_ENC\w*)$/i;
/** Keys that sign sessions and links, by their usual names. */
const signsSessions =
	/^(?:BETTER_AUTH|AUTH|NEXTAUTH|SESSION|COOKIE|JWT|ACCESS_TOKEN|REFRESH_TOKEN|CSRF)\w*(?:SECRET|KEY|TOKEN)$/i;

/** A secret of 32 random bytes in base64. Never in place of a key that encrypts stored data, as long as there may be such data. */
export const generateSecret: Remedy = {
	plan(context) {
		const {service, variable, value} = secretOf(context);
		if (encryptsRows.test(variable) && (value !== '' || hasData(context)))
			return refuse(
				`${variable} may have encrypted what is stored: a new one would make it unreadable`,
				'Put the earlier value back, from a backup of the env file or from the old machine',
			);
		const draft = new Draft(context);
		const secret = randomBytes(32).toString('base64');
		// The same secret often serves several services; all have to get the new one.
		const sharing = value === '' ? [] : servicesWith(context, variable, value);
		for (const name of new Set([service, ...sharing])) draft.setSecret(name, variable, secret);
		return {
			actions: draft.edits(),
			target: draft.target(),
			recreate: [...new Set([service, ...sharing])],
			effects: [
				value === ''
					? `Links and sessions that were signed with an earlier ${variable} end`
					: `Everybody is signed out, and links signed with the former ${variable} end`,
				...(signsSessions.test(variable)
					? []
					: [
							`If ${variable} ever encrypted stored data, put the earlier value back instead: a new one cannot read it`,
						]),
			],
		};
	},
};

function secretOf(context: FixContext) {
	const {situation, evidence, finding} = context;
	const service = finding.service ?? situation.service;
	const environment = evidence.services.find(one => one.service === service)?.environment ?? {};
	const variable =
		situation.captures['variable'] ??
		guess(
			finding.summary,
			finding.evidence.map(line => line.text),
			environment,
		);
	if (variable === undefined || Object.keys(environment).length === 0)
		return refuse(
			'It is not known which variable of which service the secret belongs into',
			'Read what the application asks for, and set it by hand',
		);
	return {service, variable, value: environment[variable] ?? ''};
}

/** The variable that the lines speak of, else the one secret that is empty. */
function guess(
	summary: string,
	lines: readonly string[],
	environment: Readonly<Record<string, string>>,
): string | undefined {
	const names = Object.keys(environment);
	const spoken = [summary, ...lines].join(' ').match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:SECRET|KEY|TOKEN)\b/g) ?? [];
	const empty = names.filter(name => environment[name] === '' && /SECRET|_KEY$/.test(name));
	return spoken.find(name => names.includes(name)) ?? spoken[0] ?? (empty.length === 1 ? empty[0] : undefined);
}

function servicesWith({evidence}: FixContext, variable: string, value: string): readonly string[] {
	return evidence.services.filter(one => one.environment[variable] === value).map(one => one.service);
}

function hasData({stack}: FixContext): boolean {
	return stack.databases.some(
		server => server.server === null || server.server.databases.some(database => database.tables > 0),
	);
}

const urlVariables =
	/^(?:BETTER_AUTH_URL|NEXTAUTH_URL|AUTH_URL|ORIGIN|PUBLIC_URL|BASE_URL|APP_URL|SITE_URL|ROOT_URL|EXTERNAL_URL|\w*PUBLIC\w*_URL|\w+_(?:BASE|SITE|PUBLIC|EXTERNAL|ROOT)_?URL|WEB_?URL|SERVER_URL|HOST_URL)$/;

/** Sets the address that stands in the browser. Asks for it, with what is known as a proposal. */
export const setPublicUrl: Remedy = {
	questions(context): readonly Question[] {
		if (context.answers.value !== undefined) return [];
		const known = proposeOrigin(context);
		return [
			{
				id: 'value',
				kind: 'text',
				title: 'What is the address in the browser, with https:// or http://?',
				flag: '--value',
				hint: 'Scheme, host and port as users type them, for example https://app.example.com',
				...(known === undefined ? {} : {initial: known}),
			},
		];
	},
	plan(context) {
		const origin = readOrigin(context.answers.value ?? '');
		const {situation, evidence, finding} = context;
		const service = finding.service ?? situation.service;
		const environment = evidence.services.find(one => one.service === service)?.environment ?? {};
		const named = situation.captures['variable'];
		const variables = named === undefined ? Object.keys(environment).filter(name => urlVariables.test(name)) : [named];
		if (variables.length === 0) return refuse(`It is not known in which variable ${service} reads its public address`);
		const draft = new Draft(context);
		for (const variable of variables) {
			// A path such as /api/auth stays.
			const former = environment[variable] ?? '';
			const path = URL.canParse(former) ? new URL(former).pathname.replace(/\/$/, '') : '';
			draft.setVariable(service, variable, `${origin}${path}`);
		}

		if (draft.edits().length === 0) return refuse(`${variables.join(', ')} says ${redactValue('URL', origin)} already`);
		return {
			actions: draft.edits(),
			target: draft.target(),
			effects: [`Sign-in works under ${origin} alone; whoever uses another address signs in there again`],
		};
	},
};

/** What the request came from, what the user once said, the value with a scheme, or this machine with the port that is published. */
function proposeOrigin({situation, evidence, finding, stack}: FixContext): string | undefined {
	const told = situation.captures['origin'] ?? evidence.publicUrl ?? undefined;
	if (told !== undefined) return told;
	const service = finding.service ?? situation.service;
	const environment = evidence.services.find(one => one.service === service)?.environment ?? {};
	const names =
		situation.captures['variable'] === undefined
			? Object.keys(environment).filter(name => urlVariables.test(name))
			: [situation.captures['variable']];
	const value = names.map(name => environment[name] ?? '').find(Boolean) ?? '';
	if (/^[\w-]+(?:\.[\w-]+)+(?::\d+)?$/.test(value)) return `https://${value}`;
	const [port] = stack.services.find(one => one.name === service)?.ports ?? [];
	const isHere = URL.canParse(value) && isLoopback(new URL(value).hostname);
	return isHere && port !== undefined ? `http://${new URL(value).hostname}:${port}` : undefined;
}

function readOrigin(text: string): string {
	if (!/^https?:\/\//i.test(text) || !URL.canParse(text))
		return refuse(`"${text}" is no address: write it with https:// or http://, for example https://app.example.com`);
	return new URL(text).origin;
}
