import type {Cause} from '../cause.js';
import {repairUrl, setPublicUrl} from '../fixes/environment.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';
import {kindOfVariable} from '../variables.js';
import type {View} from '../view.js';

const urlName = String.raw`\b(?<variable>[A-Z][A-Z0-9_]{0,60}?(?:URL|URI|ORIGIN|DOMAIN|HOST)[A-Z0-9_]{0,60})`;

export const publicUrlMalformed: Cause = {
	label: 'public-url-malformed',
	layer: 'outside',
	signatures: [
		{
			match: log`TypeError(?: \[ERR_INVALID_URL\])?: Invalid URL(?:: (?<value>\S+))?|code: 'ERR_INVALID_URL'|TypeError: Failed to construct 'URL'|\bERR_INVALID_URL\b`,
			certainty: match => {
				const near = surroundings(match, 6, 12);
				return aboutDatabase.test(near) ? 0.3 : /input: ''|input: "/.test(near) ? 0.9 : 0.82;
			},
		},
		{
			match: log`${urlName}["']?: (?:\[ )?["']?(?:Invalid url|Invalid URL|must be a valid url|is not a valid url)`,
			certainty: ({captures}) => (kindOfVariable(captures['variable']) === 'database-url' ? 0 : 0.93),
		},
		{
			match: log`${urlName}[^\n]{0,40} (?:is (?:not a valid|an invalid|invalid|malformed)|must (?:be a valid|start with http|include|contain)|should (?:start|begin) with http)`,
			certainty: ({captures}) => (kindOfVariable(captures['variable']) === 'database-url' ? 0 : 0.88),
		},
		{
			match: log`Invalid base URL|Please provide a valid base URL|invalid (?:public|site|base|app|external|root) ?url`,
			certainty: 0.88,
		},
		{
			match: log`As of Django 4\.0, the values in the CSRF_TRUSTED_ORIGINS setting must start with a scheme`,
			certainty: 0.93,
		},
		{
			match: log`unsupported protocol scheme ""|URI::InvalidURIError|bad URI\(is not URI\?\)|no scheme|missing protocol scheme|Invalid URL '[^']*': No scheme supplied`,
			certainty: match => (aboutDatabase.test(surroundings(match, 3, 3)) ? 0 : 0.62),
		},
	],
	look: view =>
		view.services
			.filter(({service}) => complains(view, service))
			.flatMap(({service, environment}) =>
				Object.entries(environment)
					.filter(
						([variable, value]) =>
							/UR[LI]$/.test(variable) && kindOfVariable(variable) === 'public-url' && isNoUrl(value),
					)
					.map(([variable, value]) => ({
						service,
						certainty: 0.95,
						source: `environment of ${service}`,
						text: `${variable} is ${value}`,
						captures: {variable},
					})),
			),
	explain: ({service, captures}) =>
		`${captures['variable'] ?? 'A URL setting'} of ${service} is no complete URL: it is empty, or scheme or host are missing.`,
	fixes: situation => [repairUrl(situation), setPublicUrl(situation)],
};

const complains = (view: View, name: string) =>
	view.sources.some(
		({kind, service, text}) => kind === 'log' && service?.service === name && /Invalid URL/i.test(text),
	);

const isNoUrl = (value: string) => value !== '' && !value.includes('***') && !URL.canParse(value);

const aboutDatabase = /postgres|pg-connection-string|DATABASE_URL|prisma|typeorm|sequelize|drizzle|knex|redis/i;
