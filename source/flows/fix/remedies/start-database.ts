import {connectionsInUse, serverOf} from '../connection-in-use.js';
import type {Remedy} from '../remedy.js';

/** Starts the server that stands still or asks the impatient service once more, now that it is ready. */
export const startDatabase: Remedy = {
	plan(context) {
		const [used] = connectionsInUse(context);
		const {service} = serverOf(context, used?.connection);
		return {actions: [{kind: 'start-server', service}]};
	},
};
