import type {Cause, Match} from '../cause.js';
import {dnsFailure} from '../families/dns.js';
import {prismaUnreachable} from '../families/prisma-unreachable.js';
import {refused} from '../families/refused.js';
import {connectionStringInvalid} from '../families/url.js';
import {encodePassword, setDatabaseUrl, unquoteValue} from '../fixes/environment.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';
import {findTarget, meansLoopback} from '../target.js';
import {connectsElsewhere, isTroubled, type View} from '../view.js';

export const dbUrlMalformed: Cause = {
	label: 'db-url-malformed',
	layer: 'login',
	signatures: [
		{match: connectionStringInvalid, certainty: 0.94},
		{match: dnsFailure, certainty: weighHost},
		{match: refused, certainty: weighFallback},
		{match: prismaUnreachable, certainty: weighFallback},
		{
			match: log`(?:TypeError(?: \[ERR_INVALID_URL\])?: )?Invalid URL\b|ERR_INVALID_URL|URI malformed`,
			certainty: (match, view) => {
				if (
					/postgres|pg-connection-string|pg-pool|DATABASE_URL|prisma|typeorm|sequelize|drizzle|knex/i.test(
						surroundings(match, 4, 10),
					)
				)
					return 0.9;
				const faulty = view.connections.some(
					connection => connection.fault && connection.service === match.source.service?.service,
				);
				return faulty ? 0.85 : 0.35;
			},
		},
		{
			match: log`(?:invalid|unknown|unsupported) (?:database )?(?:driver|dialect|adapter|scheme|protocol)[^\n]{0,40}(?:postgres|jdbc|"|')`,
			certainty: 0.7,
		},
		{
			match: log`invalid port (?:number|":[^"]*" after host)|Port could not be cast to integer value|Port (?:should be|must be|out of range)|ERR_SOCKET_BAD_PORT|port number out of range`,
			certainty: 0.82,
		},
		{
			match: log`tcp connect \((?:localhost)?:\d*\)[^\n]{0,60}|lookup : no such host|ENOTFOUND (?:base|undefined|null)\b|could not translate host name "(?:undefined|null|)"`,
			certainty: ({captures}) => (captures['host'] ? 0 : 0.6),
		},
		{
			match: log`Database URL[^\n]{0,60}(?:must|should)[^\n]{0,60}(?:start|begin|format)|(?:ecto|database) URL[^\n]{0,60}(?:should|must|has|is) (?:not )?(?:be of the form|an invalid|invalid|have)|(?:invalid|wrong) format[^\n]{0,40}database`,
			certainty: 0.85,
		},
	],
	look: view =>
		view.connections
			.filter(
				connection =>
					connection.kind === 'database' && connection.fault !== null && isTroubled(view, connection.service),
			)
			.map(connection => ({
				service: connection.service,
				certainty: 0.75,
				source: `environment of ${connection.service}`,
				text: `${connection.variable}: ${connection.fault}`,
				captures: {variable: connection.variable},
			})),
	explains: ['db-auth-failed', 'db-host-unresolvable', 'db-name-missing'],
	explain: ({service, captures}) =>
		`The connection string ${captures['variable'] ?? ''} of ${service} is there, but a parser refuses it or reads wrong parts: reserved characters in the password, quotes, a wrong scheme or an empty host.`.replace(
			'  ',
			' ',
		),
	fixes: situation => [encodePassword(situation), setDatabaseUrl(situation), unquoteValue(situation)],
};

/** A host that nobody would give a service: the tail of a password that a parser took for the host. */
function weighHost(match: Match, view: View): number {
	const {host} = match.captures;
	if (host === undefined) return 0;
	if (/^(?:base|undefined|null)$/.test(host)) return 0.85;
	if (view.knownHosts.has(host)) return 0;
	if (/^[A-Za-z0-9]{1,2}$/.test(host) && host.toLowerCase() !== 'db' && host.toLowerCase() !== 'pg') return 0.88;
	if (/[A-Z]/.test(host) && /\d/.test(host) && !host.includes('.')) return 0.75;
	if (/[^\w.:[\]-]/.test(host)) return 0.85;
	const fault = view.connections.some(
		connection => connection.service === match.source.service?.service && connection.fault !== null,
	);
	return fault ? 0.85 : 0;
}

/** The environment names another host, yet the driver calls the default one: it could not read the string. */
function weighFallback(match: Match, view: View): number {
	if (!meansLoopback(match) || !connectsElsewhere(view, match.source.service?.service)) return 0;
	return findTarget(match, view) === 'database' ? 0.85 : 0;
}
