import type {PostgresClient} from './client.js';
import {quoteIdentifier} from './quote.js';
import {execute, type QueryOptions, query} from './sql.js';
import {SqlScanner} from './sql-scanner.js';
import {unquoteName} from './sql-words.js';

/** Statements of a `pg_dumpall --globals-only`, by the role that they are about. */
export type GlobalsFacts = {
	readonly roles: readonly RoleStatements[];
	readonly memberships: readonly {readonly role: string; readonly member: string; readonly statement: string}[];
	readonly tablespaces: readonly string[];
	/** Whether any role has its password verifier here. */
	readonly withPasswords: boolean;
};

export type RoleStatements = {
	readonly name: string;
	/** CREATE ROLE, ALTER ROLE … WITH, ALTER ROLE … SET, COMMENT ON ROLE, in order. */
	readonly statements: readonly string[];
};

const name = String.raw`("(?:[^"]|"")+"|[\w$\u0080-\uFFFF]+)`;
const aboutRole = new RegExp(`^(?:CREATE ROLE|CREATE USER|ALTER ROLE|ALTER USER|COMMENT ON ROLE) ${name}`, 'i');
const membership = new RegExp(`^GRANT ${name}(?:, ${name})* TO ${name}`, 'i');
const tablespace = new RegExp(`^CREATE TABLESPACE ${name}`, 'i');

/** Reads the SQL of roles and tablespaces. Statements of psql (`\restrict`) and of the session (`SET`) are left out. */
export function readGlobals(sql: string): GlobalsFacts {
	const roles = new Map<string, string[]>();
	const memberships: {role: string; member: string; statement: string}[] = [];
	const tablespaces: string[] = [];
	for (const statement of splitStatements(sql)) {
		const about = aboutRole.exec(statement)?.[1];
		if (about !== undefined && !/^ALTER (?:ROLE|USER) \S+ IN DATABASE /i.test(statement)) {
			const role = unquoteName(about);
			roles.set(role, [...(roles.get(role) ?? []), statement]);
		}

		const granted = membership.exec(statement);
		const role = granted?.[1];
		const member = granted?.at(-1);
		if (role !== undefined && member !== undefined)
			memberships.push({role: unquoteName(role), member: unquoteName(member), statement});
		const space = tablespace.exec(statement)?.[1];
		if (space !== undefined) tablespaces.push(unquoteName(space));
	}

	return {
		roles: [...roles].map(([role, statements]) => ({name: role, statements})),
		memberships,
		tablespaces,
		withPasswords: [...roles.values()].flat().some(statement => /\bPASSWORD '/.test(statement)),
	};
}

/** Statements of a script, each without its semicolon, comments and psql's own commands left out. */
export function splitStatements(sql: string): readonly string[] {
	const statements: string[] = [];
	const ignore = () => {};
	const scanner = new SqlScanner(
		{
			statement: text => statements.push(text),
			metaCommand: ignore,
			comment: ignore,
			copyEnded: ignore,
			ambiguousString: ignore,
		},
		Number.POSITIVE_INFINITY,
	);
	// The last one may lack its end.
	scanner.push(Buffer.from(`${sql}\n;`));
	return statements;
}

/** Of the roles that a dump needs, those that the server lacks. */
export async function findMissingRoles(
	client: PostgresClient,
	needed: readonly string[],
	options: QueryOptions = {},
): Promise<readonly string[]> {
	const rows = await query<{name: string}>(
		client,
		client.facts.maintenanceDatabase,
		'SELECT rolname AS name FROM pg_roles',
		options,
	);
	const present = new Set(rows.map(row => row.name));
	return [...new Set(needed)].filter(role => !present.has(role) && !role.startsWith('pg_'));
}

export type AppliedRoles = {
	readonly created: readonly string[];
	/** Roles that had to be created without a password, because the backup does not hold it: they cannot log in by password yet. */
	readonly withoutPassword: readonly string[];
	/** Statements that this server refused, with its reason: attributes that its version does not know, memberships of absent roles. */
	readonly refused: readonly {readonly role: string; readonly reason: string}[];
};

/**
 * Creates the roles that are missing, with the attributes, settings, verifiers and memberships that the globals give them.
 * Roles that exist are not touched: neither their passwords nor anything else. Each role is created in a transaction of its own.
 */
export async function createMissingRoles(
	client: PostgresClient,
	globals: GlobalsFacts,
	missing: readonly string[],
	options: QueryOptions = {},
): Promise<AppliedRoles> {
	const database = client.facts.maintenanceDatabase;
	const created: string[] = [];
	const refused: {role: string; reason: string}[] = [];
	const attempt = async (role: string, script: string) => {
		try {
			await execute(client, database, script, options);
			return true;
		} catch (error) {
			if (options.signal?.aborted) throw error;
			refused.push({role, reason: error instanceof Error ? error.message : String(error)});
			return false;
		}
	};

	const withoutPassword: string[] = [];
	for (const role of missing) {
		const known = globals.roles.find(other => other.name === role);
		const [create = `CREATE ROLE ${quoteIdentifier(role)}`, ...rest] = known?.statements ?? [];
		if (!(await attempt(role, `${create};`))) continue;
		created.push(role);
		for (const statement of rest) await attempt(role, `${statement};`);
		if (!rest.some(statement => /\bPASSWORD '/.test(statement)) && rest.some(statement => /\bLOGIN\b/.test(statement)))
			withoutPassword.push(role);
	}

	for (const {role, member, statement} of globals.memberships) {
		if (created.includes(role) || created.includes(member)) await attempt(member, `${withoutGrantor(statement)};`);
	}

	return {created, withoutPassword, refused};
}

/** The grantor may be a superuser of another name here; without it the current role is. */
function withoutGrantor(statement: string): string {
	return statement.replace(new RegExp(` GRANTED BY ${name}$`, 'i'), '');
}
