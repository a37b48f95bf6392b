import {isBroken, isDatabase} from '../../diagnosis/view.js';
import type {ComposeTarget} from '../../engine/types.js';
import type {Stack} from '../../stack/stack.js';
import {operationStamp} from '../../stamp.js';
import type {Action} from './actions.js';
import type {Cure, FixContext} from './remedy.js';

/** All that the run needs: serialisable, secrets hidden, the same that the review and `--dry-run` show. */
export type FixPlan = {
	/** UTC time that names this fix: `20260614t020000z`. */
	readonly id: string;
	readonly stack: Stack;
	readonly fix: {readonly id: string; readonly title: string; readonly destructive: boolean};
	/** What it is for. */
	readonly problem: {
		readonly cause: string;
		readonly service: string | null;
		readonly summary: string;
		/** Place in the order of diagnosis: a fix that uncovers a later layer has helped. */
		readonly layer: number;
	};
	/** Causes that were found besides: they may still be there afterwards. */
	readonly others: readonly string[];
	readonly actions: readonly Action[];
	/** Services that are made anew. */
	readonly recreate: readonly string[];
	/** Services that the fix touches, as they were: what they go back to when it is undone. */
	readonly before: readonly {readonly service: string; readonly state: string}[];
	/** How Compose is called after the edits. */
	readonly target: ComposeTarget;
	readonly effects: readonly string[];
	readonly destroys: readonly string[];
	readonly healthTimeoutMs: number;
};

/** Draws the plan up from what the remedy prescribes. Pure. */
export function planFix(context: FixContext, cure: Cure, now: number): FixPlan {
	const {stack, finding, layer, answers, others} = context;
	const offered = finding.fixes.find(fix => fix.id === answers.fix);
	const recreate = cure.recreate ?? affectedServices(context);
	const touched = new Set([
		...recreate,
		...cure.actions.flatMap(action =>
			action.kind === 'volume-script' || action.kind === 'chown' || action.kind === 'start-server'
				? [action.service]
				: [],
		),
	]);
	return {
		id: operationStamp(now),
		stack,
		fix: {id: answers.fix, title: offered?.title ?? answers.fix, destructive: offered?.destructive ?? false},
		problem: {cause: finding.cause, service: finding.service, summary: finding.summary, layer},
		others,
		actions: [...backupBefore(context, cure), ...cure.actions],
		recreate,
		before: stack.services
			.filter(service => touched.has(service.name))
			.map(service => ({service: service.name, state: service.state})),
		target: cure.target ?? stack.target,
		effects: cure.effects ?? [],
		destroys: cure.destroys ?? [],
		healthTimeoutMs: answers.healthTimeout * 1000,
	};
}

/** The services that show the fault, and whatever else is down, except databases: what has to begin anew to know whether all is well. */
export function affectedServices({stack, evidence, finding}: FixContext): readonly string[] {
	const databases = new Set(evidence.services.filter(isDatabase).map(service => service.service));
	const shown = [finding.service, ...finding.consequences.map(other => other.service)];
	const down = evidence.services.filter(isBroken).map(service => service.service);
	const wanted = new Set([...shown, ...down]);
	return stack.services.map(service => service.name).filter(name => wanted.has(name) && !databases.has(name));
}

function backupBefore({stack}: FixContext, {backup}: Cure): readonly Action[] {
	const server = stack.databases.find(other => other.service === backup?.service);
	// A server that does not answer cannot be dumped; an empty database need not be.
	const filled = server?.server?.databases.filter(database => database.tables > 0).map(({name}) => name) ?? [];
	const databases = filled.filter(name => backup?.databases?.includes(name) ?? true);
	return server === undefined || databases.length === 0 ? [] : [{kind: 'backup', service: server.service, databases}];
}
