import type {Cause, Match} from '../cause.js';
import {roleMissing} from '../families/role-missing.js';
import {createRole, useOriginalRole} from '../fixes/database.js';
import {findServer, type View} from '../view.js';
import {isProbeNoise} from './healthcheck-noise.js';

export const dbRoleMissing: Cause = {
	label: 'db-role-missing',
	layer: 'login',
	signatures: [{match: roleMissing, certainty: weigh}],
	look: view => {
		const server = findServer(view);
		if (!server || server.roles.length === 0) return [];
		return view.connections
			.filter(
				({kind, user, host}) =>
					kind === 'database' && user !== null && host === server.service && !server.roles.includes(user),
			)
			.map(({service, variable, user}) => ({
				service,
				certainty: 0.96,
				source: `roles of ${server.service}`,
				text: `there is no role ${user}, which ${variable} names`,
				captures: {user: user ?? '', variable},
			}));
	},
	explains: ['db-auth-failed', 'db-auth-stale-volume', 'db-init-incomplete'],
	explain: ({captures, database}) =>
		`The role ${captures['user'] ?? 'of the application'} does not exist in ${database}: the volume was made for another user, or it is another volume.`,
	fixes: situation => [useOriginalRole(situation), createRole(situation)],
};

function weigh(match: Match, view: View): number {
	const {user = ''} = match.captures;
	const wanted =
		view.connections.some(connection => connection.user === user) ||
		view.databases.some(database => database.environment['POSTGRES_USER'] === user);
	if (wanted) return 0.93;
	if (user === 'root') return 0.45;
	if (isProbeNoise(match, view, 'user')) return 0.5;
	if (
		user === 'postgres' &&
		match.source.service?.role === 'database' &&
		!/docker-entrypoint-initdb\.d|psql:/.test(match.source.text)
	)
		return 0.75;
	if (/(?:GRANT|OWNER TO|ALTER)[^\n]{0,80}/.test(match.source.lines[match.lastLine + 1]?.text ?? '')) return 0.7;
	return 0.9;
}
