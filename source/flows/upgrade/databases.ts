import {readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {readMigrations} from '../../postgres/migrations.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import {takeSnapshot} from '../../postgres/snapshot.js';
import type {Services} from '../../services.js';
import {reachServer, type ServerAddress} from '../steps/database-up.js';
import type {UpgradePlan} from './plan.js';
import type {PlannedWayBack} from './way-back.js';

export type UpgradeServer = {
	readonly service: string;
	readonly user: string;
	readonly client: PostgresClient;
	readonly databases: readonly DatabaseProperties[];
};

/** Where a server of the stack is found, also after its container was made anew. */
export function serverAddress(plan: UpgradePlan, service: string): ServerAddress {
	const server = plan.stack.databases.find(one => one.service === service);
	return {
		project: plan.stack.project,
		target: plan.stack.target,
		service,
		user: server?.user ?? 'postgres',
		database: server?.database ?? 'postgres',
	};
}

/** Logs in to every server whose databases the upgrade may change. Whoever opened them disposes of their clients. */
export async function openPlannedServers(
	plan: UpgradePlan,
	services: Services,
	signal: AbortSignal,
): Promise<readonly UpgradeServer[]> {
	const opened: UpgradeServer[] = [];
	try {
		for (const service of new Set(plan.wayBack.map(one => one.service))) {
			const address = serverAddress(plan, service);
			const client = await reachServer(services, address, {operationId: `upgrade-${plan.id}`, signal});
			const {user} = address;
			opened.push({service, user, client, databases: []});
			const {databases} = await readServer(client, {signal});
			opened[opened.length - 1] = {service, user, client, databases};
		}

		return opened;
	} catch (error) {
		await Promise.all(opened.map(server => server.client.dispose()));
		throw error;
	}
}

/** Migrations that the databases record as finished, all tools together; null when none keeps books there. */
export async function countMigrations(
	servers: readonly UpgradeServer[],
	databases: readonly PlannedWayBack[],
	signal: AbortSignal,
): Promise<number | null> {
	let count: number | null = null;
	for (const {service, name} of databases) {
		const server = servers.find(one => one.service === service);
		if (server === undefined) continue;
		const snapshot = await takeSnapshot(server.client, name, signal);
		try {
			const states = (await readMigrations(snapshot.session)).filter(state => state.tool !== 'seed-status');
			for (const state of states) count = (count ?? 0) + state.applied;
		} finally {
			await snapshot.close();
		}
	}

	return count;
}
