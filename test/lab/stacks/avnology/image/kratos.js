import {requireSetting} from 'lab-kit';
import {runIdentityService} from './identity.js';

requireSetting('SECRETS_COOKIE');
await runIdentityService('kratos', 4433, [
	'CREATE TABLE IF NOT EXISTS identities (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), traits jsonb NOT NULL, created_at timestamptz NOT NULL DEFAULT now())',
	'CREATE TABLE IF NOT EXISTS courier_messages (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), status int NOT NULL, body text NOT NULL)',
]);
