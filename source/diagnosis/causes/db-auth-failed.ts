import type {Cause, Match} from '../cause.js';
import {authFailure} from '../families/auth.js';
import {alignCredentials, alignRolePassword} from '../fixes/database.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';
import {refusedLogins, type View} from '../view.js';
import {serviceRoles} from './db-auth-stale-volume.js';

export const dbAuthFailed: Cause = {
	label: 'db-auth-failed',
	layer: 'login',
	signatures: [
		{match: authFailure, certainty: weigh},
		{
			match: log`(?:SASL|SCRAM)[^\n]{0,80}(?:server signature (?:is missing|does not match)|authentication failed|wrong password)|invalid_password|auth(?:entication)? failed[^\n]{0,40}(?:postgres|database)|ERROR: (?:password|auth) failed`,
			certainty: 0.75,
		},
		{
			match: log`unsupported (?:authentication|auth) (?:method|type)|authentication (?:method|type) (?:10|scram\S*)(?: requested by server)? (?:is )?not supported|SCRAM authentication requires libpq version 10|Unknown authenticationOk message type|The authentication type 10 is not supported`,
			certainty: 0.55,
		},
	],
	look: view =>
		refusedLogins(view)
			.filter(probe => probe.samePassword === false)
			.map(probe => ({
				service: probe.service,
				certainty: 0.95,
				source: `environment of ${probe.service}`,
				text: `the password in ${probe.variable} is not the POSTGRES_PASSWORD of ${probe.host}`,
				captures: probe.variable ? {variable: probe.variable} : {},
			})),
	isExcluded: (view, service) =>
		refusedLogins(view).some(probe => probe.service === service && probe.samePassword === true),
	explain: ({service, captures, database}) =>
		`${database} refuses the password of ${service}${captures['user'] ? ` for the user ${captures['user']}` : ''}: the two places hold different values.`,
	fixes: situation => [alignCredentials(situation), alignRolePassword(situation)],
};

function weigh(match: Match, view: View): number {
	const near = surroundings(match, 0, 4);
	if (/Role "[^"]+" does not exist/.test(near)) return 0.3;
	if (serviceRoles.test(match.captures['user'] ?? '')) return 0.5;
	if (/Skipping initialization|has no password assigned/.test(match.source.text)) return 0.5;
	const connection = view.connections.find(other => other.service === match.source.service?.service && other.user);
	const server = view.databases[0]?.environment['POSTGRES_USER'];
	if (connection?.user && server && connection.user !== server) return 0.85;
	return 0.8;
}
