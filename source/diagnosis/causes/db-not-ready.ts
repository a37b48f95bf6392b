import type {Cause, Match} from '../cause.js';
import {prismaUnreachable} from '../families/prisma-unreachable.js';
import {refused} from '../families/refused.js';
import {starting} from '../families/starting.js';
import {startDatabase} from '../fixes/database.js';
import {rerunMigrate} from '../fixes/migrations.js';
import {log} from '../pattern.js';
import {findTarget, meansLoopback} from '../target.js';
import {describeState, isBroken, passed, type View} from '../view.js';

export const dbNotReady: Cause = {
	label: 'db-not-ready',
	layer: 'network',
	transient: true,
	signatures: [
		{match: refused, certainty: weigh},
		{match: prismaUnreachable, certainty: (match, view) => Math.min(0.7, weigh(match, view))},
		{
			match: starting,
			certainty: match => (/PANIC|could not locate a valid checkpoint/.test(match.source.text) ? 0.4 : 0.9),
		},
		{
			match: log`(?:database|postgres(?:ql)?|db)(?: server)?(?: is)? (?:not (?:yet )?(?:ready|available|reachable|up)|unavailable|unreachable|not accepting connections)|(?:timed? ?out|timeout|gave up|giving up)[^\n]{0,40} (?:waiting for|connecting to)[^\n]{0,20} (?:the )?(?:database|postgres|db)\b|(?:waiting for|could not connect to)[^\n]{0,20} (?:the )?(?:database|postgres\w*|db)\b[^\n]{0,60}(?:timed? ?out|timeout|gave up|giving up|attempts)`,
			certainty: match => (/could not find driver/i.test(match.source.text) ? 0.2 : 0.6),
		},
		{
			match: log`server closed the connection unexpectedly|Connection terminated unexpectedly|terminating connection due to administrator command|57P01|the connection (?:is|was) closed`,
			certainty: 0.45,
		},
	],
	look: view =>
		view.evidence.servers
			.filter(server => server.ready === true)
			.flatMap(server => {
				const late = startedAt(view, server.service);
				return view.services
					.filter(service => isBroken(service) && connectsTo(view, service.service, server.service))
					.filter(service => Date.parse(service.finishedAt ?? '') < late + readyWithinMs)
					.map(service => ({
						service: service.service,
						// Says nothing alone: many a service ends early for another reason.
						certainty: 0.2,
						source: `state of ${server.service}`,
						text: `takes connections now; ${service.service} ended ${service.finishedAt}, ${server.service} had been started ${new Date(late).toISOString()}`,
					}));
			}),
	explain: ({service, database, view}) =>
		`${service === database ? 'A service' : service} asked before ${database} was ready to take connections, and did not wait or try again long enough. ${describeState(view, database)}`,
	fixes: situation => [startDatabase(situation), rerunMigrate(situation)],
};

/** A server that starts on data of its own is ready within this time. */
const readyWithinMs = 30_000;

function startedAt(view: View, name: string): number {
	return Date.parse(view.services.find(service => service.service === name)?.startedAt ?? '');
}

function connectsTo(view: View, name: string, host: string): boolean {
	return view.connections.some(connection => connection.service === name && connection.host === host);
}

function weigh(match: Match, view: View): number {
	if (meansLoopback(match)) return 0;
	const target = findTarget(match, view);
	if (target === 'cache' || target === 'other') return 0;
	const port = Number(match.captures['port'] ?? 5432);
	const usual =
		port === 5432 || port === 6432 || view.databases.some(database => database.environment['PGPORT'] === String(port));
	if (!usual) return 0.35;
	const service = match.source.service?.service;
	if (view.evidence.probes.some(probe => probe.service === service && passed(probe, 'tcp'))) return 0.9;
	return target === 'database' ? 0.82 : match.captures['host'] ? 0.4 : 0;
}
