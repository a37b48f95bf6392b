import type {Cause} from '../cause.js';
import {privilegeMissing} from '../families/privilege.js';
import {grantOwnership} from '../fixes/database.js';
import {matchText} from '../match.js';

export const dbPrivilegeMissing: Cause = {
	label: 'db-privilege-missing',
	layer: 'migration',
	signatures: [
		{
			match: privilegeMissing,
			certainty: match => (/must be owner of extension|COMMENT ON EXTENSION/i.test(matchText(match)) ? 0.7 : 0.92),
		},
	],
	explains: ['migration-failed', 'migration-failed-state', 'migration-not-applied'],
	explain: ({service, captures}) =>
		`The role of ${service} may sign in, but not do what it must${captures['object'] ? ` (${captures['object']})` : ''}: since PostgreSQL 15 only the owner may create in schema public, and some extensions need a superuser.`,
	fixes: situation => [grantOwnership(situation)],
};
