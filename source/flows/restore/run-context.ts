import {AppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {PostgresClient} from '../../postgres/client.js';
import type {Services} from '../../services.js';
import {reachServer, type ServerAddress} from '../steps/database-up.js';
import {operationIdOf} from './end-leftovers.js';
import {addressOf} from './journal-data.js';
import type {RestoreSource} from './open-source.js';
import type {PlannedDatabase} from './place-databases.js';
import type {RestorePlan} from './plan.js';
import type {SourceDatabase} from './source-summary.js';

/** One restore under way: what its steps share. */
export interface RestoreRun {
	readonly plan: RestorePlan;
	readonly source: RestoreSource;
	readonly journal: Journal;
	readonly services: Services;
	readonly signal: AbortSignal;
	/** How to reach a server, also after its container was made anew. */
	address(service: string): ServerAddress;
	/** A client of a server, opened once; the server is started when it is down. */
	client(service: string): Promise<PostgresClient>;
	sourceOf(database: PlannedDatabase): SourceDatabase;
	/** Databases grouped by server. */
	byService(): readonly (readonly [service: string, databases: readonly PlannedDatabase[]])[];
	/** Ends what the clients left. Never throws; safe to repeat. */
	dispose(): Promise<void>;
}

export function createRun(
	plan: RestorePlan,
	source: RestoreSource,
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): RestoreRun {
	const clients = new Map<string, PostgresClient>();
	const address = (service: string): ServerAddress => {
		if (plan.targets.some(one => one.service === service)) return addressOf(plan, service);
		throw new AppError('bug', `the plan has no server ${service}`);
	};
	return {
		plan,
		source,
		journal,
		services,
		signal,
		address,
		async client(service) {
			const open = clients.get(service);
			if (open !== undefined) return open;
			const client = await reachServer(services, address(service), {operationId: operationIdOf(plan), signal});
			clients.set(service, client);
			return client;
		},
		sourceOf(database) {
			const found = source.summary.databases[database.source];
			if (found === undefined) throw new AppError('bug', 'the plan names a database that the file lacks');
			return found;
		},
		byService() {
			const services = [...new Set(plan.databases.map(database => database.service))];
			return services.map(service => [service, plan.databases.filter(database => database.service === service)]);
		},
		async dispose() {
			const open = [...clients.values()];
			clients.clear();
			await Promise.all(open.map(client => client.dispose()));
		},
	};
}
