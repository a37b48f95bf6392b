import {emitting, type Operation} from '../../operation.js';
import {rebuildCollatedIndexes} from '../../postgres/collation.js';
import {openContainerClient} from '../../postgres/open-client.js';
import type {Services} from '../../services.js';
import {makeBackup} from '../backup/run.js';
import {journalsOf} from '../journals.js';
import type {MajorResult} from './outcome.js';
import type {ReindexPlan} from './plan.js';

/** Builds the text indexes of every database anew whose sort order has changed beneath it. Nothing needs to be undone: it may be cut off and begun again. */
export async function* runReindex(plan: ReindexPlan, services: Services, signal: AbortSignal): Operation<MajorResult> {
	const lock = await journalsOf(services).lock(plan.stack, `Reindex of ${plan.service}`);
	try {
		const backup = yield* makeBackup(plan.backup, services, signal);
		const client = await openContainerClient({
			...services,
			containerId: plan.containerId,
			service: plan.service,
			user: plan.user,
			operationId: `reindex-${plan.id}`,
			signal,
		});
		let indexes = 0;
		try {
			for (const mismatch of plan.mismatches) {
				const step = `reindex ${mismatch.database}`;
				yield {
					type: 'step-started',
					step,
					title: `Build the text indexes of ${mismatch.database} anew`,
					canCancel: true,
				};
				const built = yield* emitting(emit =>
					rebuildCollatedIndexes(client, mismatch, {
						signal,
						onIndex: (done, total, index) =>
							emit({type: 'step-progress', step, done, total, unit: 'items', current: `${index.schema}.${index.name}`}),
					}),
				);
				indexes += built;
				yield {type: 'step-finished', step, note: `${built} indexes`};
			}
		} finally {
			await client.dispose();
		}

		return {
			plan,
			backup: backup.file,
			databases: [],
			settings: {carried: [], left: []},
			indexes,
			health: null,
			outageMs: 0,
		};
	} finally {
		await lock.release();
	}
}
