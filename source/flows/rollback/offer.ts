import type {Outcome} from '../flow.js';

/** For the outcome of whatever can be taken back: the wizard offers it, and the command line names it. */
export function offerRollback(text: string): Outcome['next'][number] {
	return {text, command: ['lifeboat', 'rollback'], flow: {id: 'rollback', given: {drop: false}, isWayBack: true}};
}
