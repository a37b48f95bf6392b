import type {Cause, Match} from '../cause.js';
import {databaseMissing} from '../families/database-missing.js';
import {hbaRejected} from '../families/hba.js';
import {roleMissing} from '../families/role-missing.js';
import {quietHealthcheck} from '../fixes/docker.js';
import {findMatches} from '../match.js';
import {isTroubled, type Source, type View} from '../view.js';

export const healthcheckNoise: Cause = {
	label: 'healthcheck-noise',
	layer: 'outside',
	advisory: true,
	signatures: [
		{match: roleMissing, certainty: (match, view) => weigh(match, view, 'user')},
		{match: databaseMissing, certainty: (match, view) => weigh(match, view, 'database')},
		{
			match: hbaRejected,
			certainty: ({captures}) => (captures['user'] === 'root' && captures['database'] === 'root' ? 0.92 : 0),
		},
	],
	explain: ({database, captures}) =>
		`A health check of ${database} tries to sign in as ${captures['user'] ?? 'a user that does not exist'}${captures['database'] ? ` (database ${captures['database']})` : ''} and is refused again and again. The lines are harmless: nothing is broken.`,
	fixes: situation => [quietHealthcheck(situation)],
};

/** Noise comes at a fixed interval, from a user that the probe takes by default, while the server runs and nobody who is down asks for it. */
function weigh(match: Match, view: View, name: 'user' | 'database'): number {
	const {source, captures} = match;
	if (source.service && !['running', null, undefined].includes(source.service.state)) return 0;
	if (/docker-entrypoint-initdb\.d/.test(source.text)) return 0;
	const steady = isSteady(source, captures[name], name);
	if (captures['user'] === 'root') return steady || source.service?.role === 'database' ? 0.9 : 0.6;
	return steady && isProbeNoise(match, view, name) ? 0.88 : 0;
}

/** The same refusal again and again in a running server's log, for a name that no service of the stack is set to. */
export function isProbeNoise(match: Match, view: View, name: 'user' | 'database'): boolean {
	const value = match.captures[name];
	if (value === undefined || match.source.service?.state !== 'running') return false;
	if (view.connections.some(connection => connection[name] === value)) return false;
	if (view.services.some(service => service.role !== 'database' && isTroubled(view, service.service))) return false;
	return isSteady(match.source, value, name);
}

function isSteady(source: Source, value: string | undefined, name: 'user' | 'database'): boolean {
	const family = name === 'user' ? roleMissing : databaseMissing;
	const times = findMatches(source, family)
		.filter(match => match.captures[name] === value)
		.map(match => source.lines[match.firstLine]?.time ?? null)
		.filter(time => time !== null);
	if (times.length < 3) return false;
	const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
	const middle = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? 0;
	return middle >= 4500 && gaps.every(gap => Math.abs(gap - middle) <= Math.max(1500, middle * 0.1));
}
