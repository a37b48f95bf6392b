import {AppError, isAppError, isCancellation} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {PostgresClient} from '../../postgres/client.js';
import {applyProperties, createDatabase, dropDatabase} from '../../postgres/database.js';
import {quoteIdentifier} from '../../postgres/quote.js';
import {execute, query} from '../../postgres/sql.js';
import type {PlannedDatabase} from './place-databases.js';
import type {RestoreRun} from './run-context.js';
import {chooseTemplate} from './steps.js';
import {willUndo} from './undo.js';

/**
 * A role that is no superuser tries on an empty database what the restore will need, before anything is loaded or dropped: a managed server may
 * allow more than its catalogue says, or less. In place, what is there now must be fit to come back as well.
 * Throws preflight-failed with what was refused.
 */
export async function* rehearse(run: RestoreRun): Operation<void> {
	for (const [service, databases] of run.byService()) {
		const client = await run.client(service);
		if (client.facts.superuser) continue;
		const step = `rehearse ${service}`;
		yield {type: 'step-started', step, title: `Try what the database user may do on ${service}`, canCancel: true};
		for (const database of databases) {
			try {
				await tryOut(run, client, database);
			} catch (error) {
				throw refused(error, service);
			}
		}

		yield {type: 'step-finished', step};
	}
}

async function tryOut(run: RestoreRun, client: PostgresClient, database: PlannedDatabase): Promise<void> {
	const {signal, plan} = run;
	const extensions = new Set(run.sourceOf(database).extensions.map(extension => extension.name));
	if (plan.mode === 'in-place') for (const name of await readLive(client, database.name, signal)) extensions.add(name);
	const {template, roles} = await chooseTemplate(run, client, database);
	await willUndo(run.journal, 'drop-database', {server: run.address(database.service), name: database.staging});
	await createDatabase(client, database.staging, template, {signal});
	for (const extension of extensions)
		await execute(client, database.staging, `CREATE EXTENSION IF NOT EXISTS ${quoteIdentifier(extension)} CASCADE;`, {
			signal,
		});
	await applyProperties(client, database.staging, template, {roles, signal});
	await dropDatabase(client, database.staging, {signal});
}

/** Extensions of the live database. Throws preflight-failed for objects that could not be given back to their owners. */
async function readLive(client: PostgresClient, database: string, signal: AbortSignal): Promise<readonly string[]> {
	const sql = `SELECT (SELECT coalesce(json_agg(extname), '[]') FROM pg_extension) AS extensions,
		(SELECT coalesce(json_agg(DISTINCT pg_get_userbyid(o.owner)), '[]') FROM (
			SELECT 'pg_class'::regclass AS classid, oid, relowner AS owner FROM pg_class
			UNION ALL SELECT 'pg_proc'::regclass, oid, proowner FROM pg_proc
			UNION ALL SELECT 'pg_namespace'::regclass, oid, nspowner FROM pg_namespace) o
			WHERE o.oid >= 16384 AND NOT pg_has_role(o.owner, 'MEMBER')
				AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = o.classid AND d.objid = o.oid AND d.deptype = 'e')) AS owners`;
	const [live] = await query<{extensions: readonly string[]; owners: readonly string[]}>(client, database, sql, {
		signal,
	});
	if (live !== undefined && live.owners.length > 0)
		throw new AppError(
			'preflight-failed',
			`${database} holds objects of ${live.owners.join(', ')}, which could not be given back`,
			{
				hint: 'Restore without --in-place: the database that is there now then stays as it is',
			},
		);
	return live?.extensions ?? [];
}

function refused(error: unknown, service: string): unknown {
	if (!isAppError(error) || isCancellation(error) || !['sql-failed', 'preflight-failed'].includes(error.code))
		return error;
	return new AppError('preflight-failed', `The database user lacks a right on ${service}: ${error.message}`, {
		hint:
			error.code === 'preflight-failed'
				? error.hint
				: 'Let an administrator of that server grant it, or restore as a superuser',
		details: error.details,
		cause: error,
	});
}
