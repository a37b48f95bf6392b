import {resolve} from 'node:path';
import {affectedServices} from '../plan.js';
import type {Remedy} from '../remedy.js';

/** Makes containers anew whose files were edited after them; an override file that was added since is taken along. */
export const applyEnvironment: Remedy = {
	plan(context) {
		const {evidence, stack} = context;
		const stale = [...evidence.edited, ...evidence.environmentDrift].map(({service}) => service);
		const databases = new Set(stack.databases.map(({service}) => service));
		const added = evidence.edited.flatMap(({file}) => (file ? [resolve(stack.directory, file)] : []));
		const files = [...new Set([...stack.target.files, ...added])];
		const wanted = new Set([...affectedServices(context), ...stale.filter(name => !databases.has(name))]);
		return {
			actions: [],
			recreate: stack.services.map(({name}) => name).filter(name => wanted.has(name)),
			target: {...stack.target, files},
			effects: stale.some(name => databases.has(name))
				? ['The database is left as it runs; its own changes come with: docker compose up -d']
				: [],
		};
	},
};
