import type {Cause} from '../cause.js';
import {tlsUnsupported} from '../families/tls.js';
import {disableTls} from '../fixes/database.js';

export const dbSslUnsupported: Cause = {
	label: 'db-ssl-unsupported',
	layer: 'login',
	signatures: [{match: tlsUnsupported, certainty: 0.95}],
	explain: ({service, database}) =>
		`${service} demands TLS, and ${database} has none: the usual image serves the stack's own network in clear.`,
	fixes: situation => [disableTls(situation)],
};
