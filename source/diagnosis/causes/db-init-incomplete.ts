import type {Cause, Match} from '../cause.js';
import {authFailure} from '../families/auth.js';
import {repairInitScripts} from '../fixes/database.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';
import {serviceRoles} from './db-auth-stale-volume.js';

export const dbInitIncomplete: Cause = {
	label: 'db-init-incomplete',
	layer: 'login',
	signatures: [
		{
			match: log`(?:running|sourcing) /docker-entrypoint-initdb\.d/\S+`,
			certainty: match => {
				const after = surroundings(match, 0, 25);
				if (/role "[^"]+" does not exist/.test(after)) return 0.6;
				return /(?:psql:[^\n]*|^ *)(?:ERROR|FATAL):|Permission denied|syntax error|command not found|bad interpreter/m.test(
					after,
				)
					? 0.85
					: 0;
			},
		},
		{match: log`psql:/docker-entrypoint-initdb\.d/(?<script>[^:\s]+):\d+: (?:ERROR|FATAL)`, certainty: 0.88},
		{
			match: log`/docker-entrypoint-initdb\.d/(?<script>[^:\s]+): (?:line \d+: |\d+: )?(?:Permission denied|[^\n]{1,60}(?:not found|syntax error|unbound variable))`,
			certainty: 0.85,
		},
		{match: log`ls: can(?:not|'t) open (?:directory )?'?/docker-entrypoint-initdb\.d`, certainty: 0.85},
		{match: authFailure, certainty: weigh},
		{
			match: log`User "(?<user>[^"]+)" has no password assigned`,
			certainty: ({captures}) => (serviceRoles.test(captures['user'] ?? '') ? 0.9 : 0.35),
		},
	],
	explains: ['db-auth-failed', 'db-auth-stale-volume', 'migration-not-applied'],
	explain: ({database}) =>
		`The first initialisation of ${database} stopped half way, and later starts skip it: roles, passwords or tables that its scripts should have made are missing.`,
	fixes: situation => [repairInitScripts(situation)],
};

function weigh(match: Match): number {
	return serviceRoles.test(match.captures['user'] ?? '') ? 0.82 : 0.3;
}
