import type {Cause, Match} from '../cause.js';
import {hbaRejected} from '../families/hba.js';
import {addHbaLine} from '../fixes/database.js';
import type {View} from '../view.js';
import {isProviderHost} from './db-ssl-required.js';

export const dbHbaRejected: Cause = {
	label: 'db-hba-rejected',
	layer: 'login',
	signatures: [{match: hbaRejected, certainty: weigh}],
	explain: ({captures, database}) =>
		`No line in pg_hba.conf of ${database} lets ${captures['user'] ?? 'the user'} in from ${captures['address'] ?? 'this address'}.`,
	fixes: situation => [addHbaLine(situation)],
};

function weigh(match: Match, view: View): number {
	const {user, database, tls, address} = match.captures;
	if (user === 'root' && database === 'root') return 0.3;
	if (isProviderHost(view, match)) return 0.4;
	if (tls && view.evidence.probes.some(probe => probe.tlsUnasked === true)) return 0.4;
	if (tls && /off|no encryption/i.test(tls)) return isPrivate(address) ? 0.82 : 0.5;
	return 0.9;
}

export function isPrivate(address: string | undefined): boolean {
	return address !== undefined && /^(?:10\.|127\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|fd|::1)/.test(address);
}
