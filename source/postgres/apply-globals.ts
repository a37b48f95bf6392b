import type {PostgresClient} from './client.js';
import {splitStatements} from './roles.js';
import {execute, type QueryOptions, query} from './sql.js';

/** A statement that the server refused, with its reason. Statements may hold verifiers: only their beginning is told. */
export type RefusedStatement = {readonly about: string; readonly reason: string};

/**
 * Gives a server all roles of another one: attributes, password verifiers, settings, memberships, as `pg_dumpall --globals-only` wrote them.
 * Roles that exist (the first superuser) are changed, not made. Safe to repeat. Tablespaces are left out.
 */
export async function applyGlobals(
	client: PostgresClient,
	sql: string,
	options: QueryOptions = {},
): Promise<readonly RefusedStatement[]> {
	const database = client.facts.maintenanceDatabase;
	const rows = await query<{name: string}>(
		client,
		database,
		'SELECT quote_ident(rolname) AS name FROM pg_roles',
		options,
	);
	const present = new Set(rows.flatMap(({name}) => [name, name.startsWith('"') ? name : `"${name}"`]));
	const statements = splitStatements(sql).filter(
		statement => !/^(?:SET|CREATE TABLESPACE|COMMENT ON TABLESPACE) /i.test(statement) && !creates(statement, present),
	);
	if (statements.length === 0) return [];
	try {
		await execute(client, database, `BEGIN;\n${statements.join(';\n')};\nCOMMIT;`, options);
		return [];
	} catch (error) {
		if (options.signal?.aborted) throw error;
	}

	const refused: RefusedStatement[] = [];
	for (const statement of statements) {
		try {
			await execute(client, database, `${statement};`, options);
		} catch (error) {
			if (options.signal?.aborted) throw error;
			const reason = error instanceof Error ? error.message : String(error);
			// Up to 15 any superuser could have granted; from 16 on the grantor needs the right itself. Without it the current role grants.
			const plain = statement.replace(/ GRANTED BY (?:"(?:[^"]|"")+"|\S+)$/i, '');
			const granted = plain !== statement && (await succeeds(client, database, plain, options));
			if (!granted) refused.push({about: statement.split(/\s+/).slice(0, 3).join(' '), reason});
		}
	}

	return refused;
}

function creates(statement: string, present: ReadonlySet<string>): boolean {
	const name = /^CREATE ROLE ("(?:[^"]|"")+"|\S+)$/i.exec(statement)?.[1];
	return name !== undefined && present.has(name);
}

async function succeeds(client: PostgresClient, database: string, statement: string, options: QueryOptions) {
	try {
		await execute(client, database, `${statement};`, options);
		return true;
	} catch {
		return false;
	}
}

/** One digest a role of everything that a sign-in and its rights depend on, the password verifier included; the verifiers stay on the server. */
export async function fingerprintRoles(
	client: PostgresClient,
	options: QueryOptions = {},
): Promise<ReadonlyMap<string, string>> {
	const rows = await query<{name: string; digest: string}>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT r.rolname AS name, md5(concat_ws('|', r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication,
			r.rolbypassrls, r.rolconnlimit, coalesce(r.rolpassword, '(none)'), r.rolvaliduntil,
			(SELECT array_agg(s ORDER BY s) FROM pg_db_role_setting c, unnest(c.setconfig) s WHERE c.setrole = r.oid AND c.setdatabase = 0),
			(SELECT string_agg(g.rolname || ' ' || m.admin_option, ',' ORDER BY g.rolname) FROM (SELECT roleid, member, bool_or(admin_option) AS admin_option
				FROM pg_auth_members GROUP BY 1, 2) m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid))) AS digest
		FROM pg_authid r WHERE r.rolname !~ '^pg_' ORDER BY 1`,
		options,
	);
	return new Map(rows.map(({name, digest}) => [name, digest]));
}

export async function listRoleNames(client: PostgresClient, options: QueryOptions = {}): Promise<readonly string[]> {
	const rows = await query<{name: string}>(
		client,
		client.facts.maintenanceDatabase,
		'SELECT rolname AS name FROM pg_roles',
		options,
	);
	return rows.map(row => row.name);
}
