import {AppError} from '../../errors.js';
import {quoteIdentifier} from '../../postgres/quote.js';
import type {PlannedDatabase} from './place-databases.js';
import type {PreflightInput} from './preflight.js';
import type {SourceDatabase} from './source-summary.js';
import type {TargetFacts, TargetServer} from './target.js';

/**
 * Refuses what a role without all rights may not do, as the catalogue shows it: every restore creates a database, the switch renames two.
 * Throws AppError: preflight-failed, role-missing.
 */
export function refuseRights(input: PreflightInput, facts: TargetFacts, here: readonly PlannedDatabase[]): void {
	if (facts.superuser) return;
	const {target} = input;
	const {role, createsDatabases, actsAs} = facts.rights;
	if (!createsDatabases)
		throw new AppError(
			'preflight-failed',
			`${role} may not create databases on ${target.service}, as every restore does`,
			{
				hint: `As an administrator of that server: ALTER ROLE ${quoteIdentifier(role)} CREATEDB (a managed service may have a setting of its own for it), then try again`,
				fix: asAdministrator(target, `ALTER ROLE ${quoteIdentifier(role)} CREATEDB`),
			},
		);
	for (const {name} of input.mode === 'to-database' ? [] : here) {
		const owner = facts.databases.find(one => one.name === name)?.owner;
		if (owner === undefined || actsAs.includes(owner)) continue;
		throw new AppError(
			'preflight-failed',
			`The database ${name} belongs to ${owner}: ${role} may neither rename nor drop it`,
			{
				hint: `As an administrator of that server: GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(role)}; or restore a copy to look at (--to-database NAME)`,
				fix: asAdministrator(target, `GRANT ${quoteIdentifier(owner)} TO ${quoteIdentifier(role)}`),
			},
		);
	}

	if (input.answers.owners === 'keep') refuseForeignRoles(input, facts, here);
}

/** Objects can only be given to a role that ours can become; a role that is merely granted something must be there. */
function refuseForeignRoles(input: PreflightInput, facts: TargetFacts, here: readonly PlannedDatabase[]): void {
	const {role, createsRoles, actsAs} = facts.rights;
	const sources = here.flatMap(database => input.source.databases[database.source] ?? []);
	const owners = sources.flatMap(ownersOf).filter(owner => !actsAs.includes(owner));
	const granted = createsRoles
		? []
		: sources.flatMap(database => database.roles ?? []).filter(name => !facts.roles.includes(name));
	const foreign = [...new Set([...owners, ...granted])];
	if (foreign.length === 0) return;
	throw new AppError(
		'role-missing',
		`${role} may neither become nor create roles that the dump names: ${foreign.join(', ')}`,
		{
			hint: 'Restore without owners (--no-owner gives everything to the owner of the database), or as a superuser',
			fix: ['lifeboat', 'restore', input.source.file, '--no-owner', '--yes'],
		},
	);
}

function ownersOf({owners, owner, withoutOwners}: SourceDatabase): readonly string[] {
	return withoutOwners ? [] : [...(owners ?? []), ...(owner === null ? [] : [owner])];
}

/** What an administrator types; who that is, only the user knows. */
function asAdministrator({service, external, database}: TargetServer, sql: string): readonly string[] {
	const login = ['psql', '-U', 'postgres', '-d', database, '-c', sql];
	if (external === null) return ['docker', 'compose', 'exec', service, ...login];
	return ['psql', '-h', external.host, '-p', String(external.port), ...login.slice(1)];
}
