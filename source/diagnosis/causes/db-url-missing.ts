import type {Cause} from '../cause.js';
import {variableMissing} from '../families/variable-missing.js';
import {loadEnvFile, setDatabaseUrl} from '../fixes/environment.js';
import {log} from '../pattern.js';
import {isOptionalVariable, kindOfVariable} from '../variables.js';

export const dbUrlMissing: Cause = {
	label: 'db-url-missing',
	layer: 'login',
	signatures: [
		{
			match: variableMissing,
			certainty: match =>
				kindOfVariable(match.captures['variable']) === 'database-url' && !isOptionalVariable(match) ? 0.95 : 0,
		},
		{
			match: log`Could not parse (?:rfc1738|SQLAlchemy) URL from (?:given URL )?string ''(?=\s|$|")|Expected string or URL object, got None`,
			certainty: 0.95,
		},
		{
			match: log`(?:database|db|postgres(?:ql)?) (?:connection )?(?:url|uri|string|dsn)[^\n]{0,20} (?:is|was|has) (?:not (?:been )?(?:set|configured|defined|provided|specified)|missing|required|empty|undefined)`,
			certainty: 0.9,
		},
		{
			match: log`(?:no|missing|empty) (?:database|db) (?:connection )?(?:url|uri|dsn|connection string)`,
			certainty: 0.88,
		},
		{
			match: log`Please set the DATABASE_URL|settings\.DATABASES is improperly configured|Failed to configure a DataSource: 'url' attribute is not specified`,
			certainty: 0.9,
		},
		{
			match: log`No database connection string was provided|either "connection" or "url" (?:is|are) required|Either connection "url" or "host", "database" are required|dbCredentials[^\n]{0,60}(?:url|required)`,
			certainty: 0.9,
		},
		{match: log`ActiveRecord::(?:AdapterNotSpecified|ConnectionNotDefined)`, certainty: 0.85},
		{
			match: log`could not read environment variable "?DATABASE_URL|missing the :database key in options|could not find repo [\w.]+ configuration`,
			certainty: 0.85,
		},
	],
	explain: ({service, captures}) =>
		`${service} has no connection string: ${captures['variable'] ?? 'DATABASE_URL'} is not in its environment.`,
	fixes: situation => [setDatabaseUrl(situation), loadEnvFile(situation)],
};
