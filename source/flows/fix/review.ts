import type {PlanReview} from '../flow.js';
import {type Action, describeAction, isReversible} from './actions.js';
import type {FixPlan} from './plan.js';

export function reviewFix(plan: FixPlan): PlanReview {
	const {problem, fix, actions, recreate, effects, destroys} = plan;
	return {
		title: fix.title,
		facts: [['Problem', problem.service === null ? problem.cause : `${problem.cause} in ${problem.service}`]],
		steps: [
			...actions.map(describeAction),
			...(recreate.length > 0
				? [{title: `Make anew and start: ${recreate.join(', ')}`, detail: 'away for some seconds'}]
				: []),
			{
				title: 'Wait until all is healthy and the problem is gone',
				detail: describeWayBack(actions),
			},
		],
		warnings: effects.map(message => ({message})),
		destroys,
		needsConsent: true,
		diff: actions.flatMap(action => (action.kind === 'edit-file' ? action.diff : [])),
	};
}

function describeWayBack(actions: readonly Action[]): string {
	const kept = actions.filter(action => !isReversible(action)).map(action => describeAction(action).title);
	const rest = kept.length === 0 ? '' : `; what stays done: ${kept.join(', ')}`;
	return `if it is not gone, everything goes back as it was, by itself${rest}`;
}
