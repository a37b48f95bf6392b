import type {Cause} from '../cause.js';
import {connectionLimit} from '../families/limit.js';
import {raiseMaxConnections} from '../fixes/database.js';
import {log} from '../pattern.js';

export const dbTooManyClients: Cause = {
	label: 'db-too-many-clients',
	layer: 'login',
	signatures: [
		{match: connectionLimit, certainty: 0.95},
		{match: log`\bP2024\b|Timed out fetching a new connection from the connection pool`, certainty: 0.6},
		{
			match: log`QueuePool limit of size \d+ overflow \d+ reached|HikariPool[^\n]{0,60}Connection is not available, request timed out|could not obtain a (?:database )?connection (?:from the pool )?within|timeout exceeded when trying to connect|Knex: Timeout acquiring a connection|ResourceRequest timed out|SequelizeConnectionAcquireTimeoutError|connection not available and request was dropped from queue`,
			certainty: 0.55,
		},
	],
	look: view =>
		view.evidence.servers
			.filter(
				server =>
					server.connections != null &&
					server.maxConnections != null &&
					server.connections >= server.maxConnections - 3,
			)
			.map(server => ({
				service: server.service,
				certainty: 0.85,
				source: `connections of ${server.service}`,
				text: `${server.connections} of ${server.maxConnections} are used`,
			})),
	explain: ({database}) =>
		`All connection slots of ${database} are used: the pools of the services together are larger than max_connections.`,
	fixes: situation => [raiseMaxConnections(situation)],
};
