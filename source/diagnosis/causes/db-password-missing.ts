import type {Cause} from '../cause.js';
import {passwordNotSent} from '../families/auth.js';
import {loadEnvFile, setDatabaseUrl} from '../fixes/environment.js';

export const dbPasswordMissing: Cause = {
	label: 'db-password-missing',
	layer: 'login',
	signatures: [{match: passwordNotSent, certainty: 0.95}],
	explain: ({service, captures}) =>
		`${service} sends no password, because ${captures['variable'] ?? 'its connection string'} has a user without one, or the variable behind it is empty.`,
	fixes: situation => [setDatabaseUrl(situation), loadEnvFile(situation)],
};
