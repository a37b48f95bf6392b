import {type Family, log} from '../pattern.js';

/** SQLSTATE 28000: no line of pg_hba.conf lets this connection in. */
export const hbaRejected: Family = {
	id: 'hba',
	patterns: [
		log`no pg_hba\.conf entry for (?:replication connection from )?host "(?<address>[^"]+)"(?:, user "(?<user>[^"]+)")?(?:, database "(?<database>[^"]+)")?(?:, (?<tls>SSL (?:off|on|encryption)|no encryption|GSS encryption))?`,
		log`pg_hba\.conf rejects connection for host "(?<address>[^"]+)", user "(?<user>[^"]+)", database "(?<database>[^"]+)"(?:, (?<tls>SSL (?:off|on|encryption)|no encryption))?`,
		log`no pg_hba\.conf entry(?! for (?:replication connection from )?host ")`,
	],
};
