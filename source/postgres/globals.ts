import {AppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import type {PostgresClient} from './client.js';
import {explainStderr} from './failure.js';

export type Globals = {
	/** SQL that creates roles, memberships and tablespaces. */
	readonly sql: string;
	/** Whether it holds the roles' password verifiers. */
	readonly withPasswords: boolean;
	/** What pg_dumpall wrote to standard error, redacted. */
	readonly messages: readonly string[];
};

/**
 * Roles and tablespaces, which no dump of a database holds (`pg_dumpall --globals-only`).
 * A server that does not show password verifiers (managed ones, or a role that is no superuser) is asked again without them.
 * Throws dump-failed and its like when even that is refused.
 */
export async function dumpGlobals(
	client: PostgresClient,
	options: {readonly rolePasswords?: boolean; readonly signal?: AbortSignal | undefined} = {},
): Promise<Globals> {
	const wantsPasswords = options.rolePasswords ?? true;
	const first = await runDumpall(client, wantsPasswords, options.signal);
	if (typeof first !== 'string' || !wantsPasswords) return settle(first, wantsPasswords);
	const second = await runDumpall(client, false, options.signal);
	return settle(second, false);
}

type Answer = {readonly sql: string; readonly messages: readonly string[]};

function settle(answer: Answer | string, withPasswords: boolean): Globals {
	if (typeof answer === 'string')
		throw explainStderr(answer.split('\n'), {code: 'dump-failed', what: 'pg_dumpall fails'});
	return {...answer, withPasswords: withPasswords && /\bPASSWORD '/.test(answer.sql)};
}

/** The SQL, or standard error when the server showed no verifiers to this role. */
async function runDumpall(
	client: PostgresClient,
	passwords: boolean,
	signal: AbortSignal | undefined,
): Promise<Answer | string> {
	const database = client.facts.maintenanceDatabase;
	const args = ['--globals-only', `--database=${database}`, ...(passwords ? [] : ['--no-role-passwords'])];
	const result = await client.run('pg_dumpall', args, {database, signal, timeoutMs: 120_000});
	const messages = result.stderr.split('\n').filter(line => line.trim() !== '');
	if (result.exitCode !== 0) {
		if (passwords && /pg_authid|permission denied/.test(result.stderr)) return result.stderr;
		throw (
			(await client.explainLoss()) ??
			explainStderr(messages, {code: 'dump-failed', what: 'pg_dumpall fails to read roles and tablespaces'})
		);
	}

	if (!result.stdout.includes('-- PostgreSQL database cluster dump complete'))
		throw new AppError('dump-failed', 'pg_dumpall ended without an error, but its output is incomplete', {
			hint: 'Try again; if it happens again, look at the log of the Docker engine',
		});
	return {sql: result.stdout, messages: redactLines(messages, [], {mailAddresses: false})};
}
