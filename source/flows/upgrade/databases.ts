import {readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {readMigrations} from '../../postgres/migrations.js';
import {openContainerClient} from '../../postgres/open-client.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import {takeSnapshot} from '../../postgres/snapshot.js';
import type {Services} from '../../services.js';
import type {PlannedCopy, UpgradePlan} from './plan.js';

export type UpgradeServer = {
	readonly service: string;
	readonly user: string;
	readonly client: PostgresClient;
	readonly databases: readonly DatabaseProperties[];
};

/** Logs in to every server whose databases the plan copies. Whoever opened them disposes of their clients. */
export async function openPlannedServers(
	plan: UpgradePlan,
	services: Services,
	signal: AbortSignal,
): Promise<readonly UpgradeServer[]> {
	const opened: UpgradeServer[] = [];
	try {
		for (const server of plan.stack.databases) {
			if (server.containerId === null || !plan.copies.some(copy => copy.service === server.service)) continue;
			const client = await openContainerClient({
				...services,
				containerId: server.containerId,
				service: server.service,
				user: server.user,
				operationId: `upgrade-${plan.id}`,
				signal,
			});
			opened.push({service: server.service, user: server.user, client, databases: []});
			const catalogue = await readServer(client, {signal});
			opened[opened.length - 1] = {service: server.service, user: server.user, client, databases: catalogue.databases};
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
	copies: readonly PlannedCopy[],
	signal: AbortSignal,
): Promise<number | null> {
	let count: number | null = null;
	for (const {service, name} of copies) {
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
