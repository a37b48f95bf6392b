import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [['the history table of TypeORM', appLog('error: relation "core._typeorm_migrations" does not exist')]],
	leaves: [['a table of the application', appLog('error: relation "orders" does not exist'), 'migration-not-applied']],
};
