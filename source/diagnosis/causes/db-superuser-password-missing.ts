import type {Cause} from '../cause.js';
import {setSuperuserPassword} from '../fixes/database.js';
import {loadEnvFile} from '../fixes/environment.js';
import {log} from '../pattern.js';

export const dbSuperuserPasswordMissing: Cause = {
	label: 'db-superuser-password-missing',
	layer: 'database',
	signatures: [
		{match: log`Database is uninitialized and superuser password is not specified`, certainty: 0.98},
		{match: log`You must specify POSTGRES_PASSWORD to a non-empty value`, certainty: 0.97},
		{
			match: log`(?:POSTGRESQL_(?:POSTGRES_)?PASSWORD|PGPASSWORD_SUPERUSER) environment variable is empty or not set|Set the environment variable ALLOW_EMPTY_PASSWORD=yes`,
			certainty: 0.95,
		},
		{
			match: log`file specified by POSTGRES_PASSWORD_FILE|both POSTGRES_PASSWORD and POSTGRES_PASSWORD_FILE are set|docker-entrypoint\.sh: line \d+: /run/secrets/[\w.-]+: No such file`,
			certainty: 0.8,
		},
	],
	explains: ['db-host-unresolvable', 'db-not-ready', 'db-network-mismatch', 'db-url-missing', 'healthcheck-broken'],
	explain: ({database}) =>
		`${database} starts for the first time and has no password for its superuser: POSTGRES_PASSWORD is not set or empty. Nothing has been stored yet.`,
	fixes: situation => [setSuperuserPassword(situation), loadEnvFile(situation)],
};
