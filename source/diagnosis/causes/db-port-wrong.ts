import type {Cause, Match} from '../cause.js';
import {prismaUnreachable} from '../families/prisma-unreachable.js';
import {refused} from '../families/refused.js';
import {useContainerPort} from '../fixes/environment.js';
import {findTarget, isPublicHost, meansLoopback} from '../target.js';
import {isTroubled, type View} from '../view.js';

export const dbPortWrong: Cause = {
	label: 'db-port-wrong',
	layer: 'network',
	signatures: [
		{match: refused, certainty: weigh},
		{match: prismaUnreachable, certainty: weigh},
	],
	look: view =>
		view.databases.flatMap(database =>
			view.connections
				.filter(
					({kind, host, port}) =>
						kind === 'database' &&
						host === database.service &&
						port !== null &&
						!Number.isNaN(port) &&
						port !== listens(database.environment),
				)
				.map(({service, variable, port}) => ({
					service,
					certainty: isTroubled(view, service) ? 0.85 : 0,
					source: `environment of ${service}`,
					text: `${variable} has port ${port}, ${database.service} listens on ${listens(database.environment)}`,
					captures: {variable, port: String(port)},
				})),
		),
	explains: ['db-not-ready'],
	explain: ({service, captures, database}) =>
		`${service} calls ${database} on port ${captures['port'] ?? 'that is published on the host'}; between containers the server listens on 5432, whatever port is published on the host.`,
	fixes: situation => [useContainerPort(situation)],
};

const poolerPort = 6432;

function listens(environment: Readonly<Record<string, string>>): number {
	return Number(environment['PGPORT'] ?? environment['POSTGRESQL_PORT_NUMBER'] ?? 5432);
}

function weigh(match: Match, view: View): number {
	const port = Number(match.captures['port'] ?? Number.NaN);
	if (!port || meansLoopback(match) || isPublicHost(match.captures['host'])) return 0;
	if (findTarget(match, view) !== 'database') return 0;
	const servers = view.databases.map(database => listens(database.environment));
	if (servers.includes(port)) return 0;
	return port === 5432 ? 0 : port === poolerPort ? 0.5 : 0.9;
}
