import type {Cause, Match} from '../cause.js';
import {tlsUntrusted} from '../families/tls.js';
import {trustCertificate} from '../fixes/database.js';
import {surroundings} from '../match.js';

export const dbSslUntrustedCert: Cause = {
	label: 'db-ssl-untrusted-cert',
	layer: 'login',
	signatures: [{match: tlsUntrusted, certainty: weigh}],
	explain: ({service}) =>
		`${service} does not trust the certificate of the database server: it is self-signed, from a private authority, expired, or made for another name.`,
	fixes: situation => [trustCertificate(situation)],
};

const otherServers =
	/smtp|mail|ldap|oidc|oauth|openid|keycloak|webhook|registry|s3\b|minio|imap|https?:\/\/(?!\S*postgres)/i;
const databaseWords =
	/postgres|\bpg\b|pg-|pg_|psycopg|prisma|drizzle|typeorm|sequelize|knex|database|DATABASE|jdbc|libpq|pgx|asyncpg|5432|connection to server|redis/i;

function weigh(match: Match): number {
	const near = surroundings(match, 4, 6);
	if (databaseWords.test(near)) return 0.93;
	return otherServers.test(near) ? 0.3 : 0.8;
}
