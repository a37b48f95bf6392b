import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the warning',
			databaseLog(
				'WARNING:  database "shop" has a collation version mismatch\nDETAIL:  The database was created using collation version 2.36, but the operating system provides version 2.41.',
				{state: 'running'},
			),
		],
	],
	leaves: [['nothing', databaseLog('LOG:  database system is ready to accept connections', {state: 'running'}), null]],
};
