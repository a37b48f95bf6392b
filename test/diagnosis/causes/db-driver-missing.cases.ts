import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['PHP', appLog('could not find driver (Connection: pgsql, SQL: select 1)')],
		['Python', appLog("ModuleNotFoundError: No module named 'psycopg2'")],
		['Java', appLog('java.sql.SQLException: No suitable driver found for jdbc:postgresql://db:5432/shop')],
		['Sequelize', appLog('Error: Please install pg package manually')],
		[
			'Ruby',
			appLog("Error loading the 'postgresql' Active Record adapter. Gem::LoadError: pg is not part of the bundle"),
		],
	],
	leaves: [['a server that is not there', appLog('Error: connect ECONNREFUSED 172.18.0.2:5432'), 'db-not-ready']],
};
