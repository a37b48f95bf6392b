import type {PlanReview} from '../flow.js';
import {describeAction} from './actions.js';
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
				detail: 'if it is not gone, everything goes back as it was, by itself',
			},
		],
		warnings: effects.map(message => ({message})),
		destroys,
		needsConsent: true,
		diff: actions.flatMap(action => (action.kind === 'edit-file' ? action.diff : [])),
	};
}
