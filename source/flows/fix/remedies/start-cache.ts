import {affectedServices} from '../plan.js';
import {type Remedy, refuse} from '../remedy.js';

/** Starts a cache that was stopped, as it is: what it still holds stays. */
export const startCache: Remedy = {
	plan(context) {
		const {host} = context.situation.captures;
		const cache = context.stack.services.find(service => service.name === host && service.role === 'cache');
		if (cache === undefined) return refuse('It is not known which service is the cache');
		return {
			actions: [{kind: 'compose', title: `Start ${cache.name}`, args: ['up', '--detach', '--no-deps', cache.name]}],
			recreate: affectedServices(context).filter(name => name !== cache.name),
		};
	},
};
