import type {Cause, Match} from '../cause.js';
import {hbaRejected} from '../families/hba.js';
import {requireTls} from '../fixes/database.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';
import {isPublicHost} from '../target.js';
import {isDatabase, type View} from '../view.js';

export const dbSslRequired: Cause = {
	label: 'db-ssl-required',
	layer: 'login',
	signatures: [
		{match: hbaRejected, certainty: weigh},
		{
			match: log`(?:SSL|TLS)(?:/TLS)?(?: connection)? (?:is )?required|connection is insecure \(try using \x60?sslmode=require|SSL connection is required|server requires (?:SSL|TLS|encryption)|insecure connection[^\n]{0,40}(?:ssl|tls)|Please (?:use|enable) SSL`,
			certainty: 0.92,
		},
	],
	look: view =>
		view.evidence.probes
			.filter(probe => probe.tlsUnasked === true && refusesPlain(view, probe.service))
			.map(probe => ({
				service: probe.service,
				certainty: 0.96,
				source: `${probe.service}: connection tried by us`,
				text: `with TLS the server lets it in; ${probe.variable ?? 'its connection string'} does not ask for TLS`,
				captures: probe.variable ? {variable: probe.variable} : {},
			})),
	isExcluded: view =>
		view.evidence.servers.length > 0 && view.evidence.servers.every(server => server.settings?.['ssl'] === 'off'),
	explain: ({service}) =>
		`The server of ${service}'s database takes only encrypted connections, and ${service} comes without TLS.`,
	fixes: situation => [requireTls(situation)],
};

const plainRefused = /pg_hba\.conf[^\n]{0,300}(?:no encryption|SSL off)/i;

/** The server's refusal of an unencrypted connection, as this service or the server itself has logged it. */
export function refusesPlain(view: View, name: string): boolean {
	return view.sources.some(
		({kind, service, text}) =>
			kind === 'log' &&
			service !== null &&
			(service.service === name || isDatabase(service)) &&
			plainRefused.test(text),
	);
}

function weigh(match: Match, view: View): number {
	const {tls, user, address, database} = match.captures;
	if (!tls || !/off|no encryption/i.test(tls)) return 0;
	if (user === 'root' && database === 'root') return 0;
	if (isProviderHost(view, match)) return 0.93;
	const publicAddress =
		address !== undefined &&
		/^\d/.test(address) &&
		!/^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.)/.test(address);
	return publicAddress || (address !== undefined && /[a-z]/i.test(address) && !address.includes(':')) ? 0.85 : 0.6;
}

/** A server that somebody else runs: named so by the message or by the connection string. */
export function isProviderHost(view: View, match: Match): boolean {
	if (
		view.connections.some(
			connection =>
				connection.service === match.source.service?.service &&
				connection.kind === 'database' &&
				isPublicHost(connection.host ?? undefined),
		)
	)
		return true;
	return /amazonaws|neon\.tech|supabase|azure|rds\.|cloudsql|digitalocean|aiven|render\.com|heroku|railway|\bec2-/i.test(
		surroundings(match, 8, 8),
	);
}
