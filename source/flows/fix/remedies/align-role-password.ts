import {createHash, createHmac, pbkdf2Sync, randomBytes} from 'node:crypto';
import {hide} from '../../../hidden.js';
import {quoteIdentifier, quoteLiteral} from '../../../postgres/quote.js';
import {mask} from '../../../redaction.js';
import {connectionInUse, serverOf} from '../connection-in-use.js';
import {type Remedy, refuse} from '../remedy.js';

/** The role gets the password that the application's environment has; the volume and all that is in it stay. */
export const alignRolePassword: Remedy = {
	plan(context) {
		const {connection, service, variable} = connectionInUse(context);
		const server = serverOf(context, connection);
		const {user, password} = connection;
		if (user === null || password === null || password === '')
			return refuse(`${variable} of ${service} names no ${user === null ? 'user' : 'password'}`, 'Set it there first');
		const known = server.server?.roles;
		if (known !== undefined && !known.some(role => role.name === user))
			return refuse(`The role ${user} does not exist on ${server.service}`, 'Create it first: --fix create-role');
		const role = quoteIdentifier(user);
		return {
			backup: {service: server.service, databases: [connection.database ?? user]},
			actions: [
				{
					kind: 'sql',
					title: `Give the role ${user} the password that ${service} has`,
					service: server.service,
					database: server.database,
					statement: `ALTER ROLE ${role} PASSWORD '${mask}'`,
					script: hide(`ALTER ROLE ${role} PASSWORD ${quoteLiteral(makeVerifier(password, server.major ?? 17, user))}`),
					undo: `SELECT format('ALTER ROLE %I PASSWORD %L', rolname, rolpassword) FROM pg_catalog.pg_authid WHERE rolname = ${quoteLiteral(user)}`,
				},
			],
			effects: [`Whoever else signs in as ${user} with the former password has to use the new one`],
		};
	},
};

/**
 * What the server would store for a password, so that the password itself crosses no wire and stands in no server log: SCRAM-SHA-256 (RFC 5802), which
 * is the default from PostgreSQL 14 on; md5 before, as clients of that time may know nothing else.
 */
export function makeVerifier(password: string, major: number, user: string, salt = randomBytes(16)): string {
	if (major < 14)
		return `md5${createHash('md5')
			.update(password + user)
			.digest('hex')}`;
	const iterations = 4096;
	const salted = pbkdf2Sync(password.normalize('NFKC'), salt, iterations, 32, 'sha256');
	const keyed = (text: string) => createHmac('sha256', salted).update(text).digest();
	const storedKey = createHash('sha256').update(keyed('Client Key')).digest('base64');
	return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${keyed('Server Key').toString('base64')}`;
}
