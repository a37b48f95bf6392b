import {requireSetting} from 'lab-kit';
import {runIdentityService} from './identity.js';

requireSetting('SECRETS_SYSTEM');
await runIdentityService('hydra', 4444, [
	'CREATE TABLE IF NOT EXISTS hydra_client (id text PRIMARY KEY, client_name text NOT NULL, redirect_uris jsonb NOT NULL, pk serial)',
]);
