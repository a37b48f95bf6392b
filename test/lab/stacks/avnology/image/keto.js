import {runIdentityService} from './identity.js';

await runIdentityService('keto', 4466, [
	'CREATE TABLE IF NOT EXISTS keto_relation_tuples (shard_id uuid PRIMARY KEY DEFAULT gen_random_uuid(), namespace text NOT NULL, object text NOT NULL, relation text NOT NULL, subject text NOT NULL)',
]);
