import type {Finding} from '../../diagnosis/diagnose.js';
import type {Outcome} from '../flow.js';
import type {HealthReport} from '../steps/health-rules.js';
import type {FixPlan} from './plan.js';

export type FixResult = {
	readonly plan: FixPlan;
	readonly health: HealthReport;
	/** Problems that are left, most likely cause first: the fix has helped, and another fault shows. */
	readonly remaining: readonly Finding[];
	/** The dump that was made before, where data or access changed. */
	readonly backup: string | null;
	/** Copies of edited files as they were. */
	readonly copies: readonly string[];
};

export function fixToJson({plan, health, remaining, backup, copies}: FixResult): Readonly<Record<string, unknown>> {
	return {
		ok: remaining.length === 0 && health.ok,
		fix: plan.fix.id,
		cause: plan.problem.cause,
		service: plan.problem.service,
		fixed: true,
		rolledBack: false,
		changed: plan.actions.flatMap(action => (action.kind === 'edit-file' ? [action.name] : [])),
		copies,
		backup,
		recreated: plan.recreate,
		health,
		findings: remaining,
	};
}

export function describeFix({plan, health, remaining, backup, copies}: FixResult): Outcome {
	const isWell = remaining.length === 0 && health.ok;
	const failed = health.checks.find(check => !check.ok);
	return {
		status: isWell ? 'success' : 'problems',
		title: isWell
			? `The problem is gone, and ${plan.stack.project} is healthy`
			: `The problem is gone; ${remaining.length > 0 ? 'another one shows now' : 'the application is not healthy yet'}`,
		facts: [
			['Was', plan.problem.service === null ? plan.problem.cause : `${plan.problem.cause} in ${plan.problem.service}`],
			['Done', plan.fix.title],
			...(backup === null ? [] : [['Backup', backup] as const]),
			['Health', health.ok ? 'healthy' : failed === undefined ? 'not healthy' : `${failed.service}: ${failed.text}`],
		],
		notes: [
			...copies.map(copy => `The former text is in ${copy}; it holds secrets: remove it when all is well.`),
			...remaining.map(
				({cause, service, summary}) => `${cause}${service === null ? '' : ` in ${service}`}: ${summary}`,
			),
		],
		next: isWell ? [] : [{text: 'Look at the next problem', command: ['lifeboat', 'troubleshoot']}],
	};
}

/** 0 when all is well, 4 when another problem is left. */
export function exitCodeOfFix({health, remaining}: FixResult): number {
	return remaining.length === 0 && health.ok ? 0 : 4;
}
