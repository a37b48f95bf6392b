import type {Cause, Match} from '../cause.js';
import type {ServiceEvidence} from '../evidence.js';
import {authFailure} from '../families/auth.js';
import {alignRolePassword, restoreOldPassword} from '../fixes/database.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';
import {findServer, refusedLogins, type View} from '../view.js';

export const dbAuthStaleVolume: Cause = {
	label: 'db-auth-stale-volume',
	layer: 'login',
	signatures: [
		{match: authFailure, certainty: weigh},
		{
			match: log`User "(?<user>[^"]+)" has no password assigned`,
			certainty: match => (serviceRoles.test(match.captures['user'] ?? '') ? 0.4 : 0.88),
		},
		{
			match: log`User "(?<user>[^"]+)" does not have a valid SCRAM secret`,
			certainty: 0.65,
		},
	],
	look: view =>
		refusedLogins(view)
			.filter(probe => probe.samePassword === true)
			.flatMap(probe =>
				view.databases.slice(0, 1).map(database => ({
					service: probe.service,
					certainty: 0.95,
					source: `environment of ${database.service}`,
					text: `POSTGRES_PASSWORD is the password that ${probe.variable} has, and the server refuses it: its volume was made ${describeAge(database)} with another`,
				})),
			),
	isExcluded: (view, service) =>
		refusedLogins(view).some(probe => probe.service === service && probe.samePassword === false) || namesNobody(view),
	explain: ({captures, database}) =>
		`The volume of ${database} was made with another password than the environment has now${captures['user'] ? ` (user ${captures['user']})` : ''}. The image reads POSTGRES_PASSWORD only when it makes a new data directory.`,
	fixes: situation => [alignRolePassword(situation), restoreOldPassword(situation)],
};

/** The server has no such role: the password is not what it refuses. */
function namesNobody(view: View): boolean {
	const roles = findServer(view)?.roles ?? [];
	const users = view.connections.filter(({kind, user}) => kind === 'database' && user !== null).map(({user}) => user);
	return roles.length > 0 && users.length > 0 && !users.some(user => roles.includes(user ?? ''));
}

/** Roles that an initialisation script makes, not the user. */
export const serviceRoles =
	/^(?:supabase_\w+|authenticator|pgbouncer|postgrest|replicator|repl\w*|dashboard_user|anon|service_role)$/;

function weigh(match: Match, view: View): number {
	const user = match.captures['user'] ?? '';
	const text = match.source.text;
	if (serviceRoles.test(user)) return 0.3;
	if (/Role "[^"]+" does not exist/.test(surroundings(match, 0, 4))) return 0.2;
	if (hasOldVolume(view)) return 0.9;
	if (
		/Skipping initialization/.test(text) ||
		view.databases.some(database => /Skipping initialization/.test(database.log.join('\n')))
	)
		return 0.87;
	if (/Password does not match for user/.test(text)) return 0.83;
	if (/has no password assigned/.test(text)) return 0.7;
	return 0.55;
}

/** When the data's volume was made, where that is known. */
function describeAge({mounts}: ServiceEvidence): string {
	const made = mounts.find(mount => /postgres/.test(mount.target ?? ''))?.createdAt;
	return made ? `on ${made}` : 'at the first start';
}

/** The volume is older than the container's environment by more than a minute. */
function hasOldVolume(view: View): boolean {
	return view.databases.some(database =>
		database.mounts.some(mount => {
			const made = Date.parse(mount.createdAt ?? '');
			const created = Date.parse(database.createdAt ?? '');
			return /postgres/.test(mount.target ?? '') && created - made > 60_000;
		}),
	);
}
