import {AppError} from '../../errors.js';
import type {RestoreAnswers} from './answers.js';
import type {PlannedDatabase} from './place-databases.js';
import type {TargetFacts, TargetServer} from './target.js';

/** A client in the server's own container is always of its version; elsewhere another may be all there is. A newer pg_restore sends settings that an older server refuses. */
export function refuseOtherClient({external, service}: TargetServer, facts: TargetFacts): void {
	if (external === null || facts.clientMajor === facts.major) return;
	throw new AppError(
		'client-missing',
		`${service} runs PostgreSQL ${facts.major}, and the client here is of version ${facts.clientMajor}`,
		{
			hint: `Install postgresql-client-${facts.major} on this machine, or pull the image postgres:${facts.major}`,
			fix: ['docker', 'pull', `postgres:${facts.major}`],
		},
	);
}

/** The files say where a server outside of the stack is: they must not change while it is worked on. */
export function refuseConfig(
	answers: Pick<RestoreAnswers, 'config'>,
	targets: readonly TargetServer[],
	databases: readonly PlannedDatabase[],
): void {
	const outside = targets.find(one => one.external !== null && databases.some(({service}) => service === one.service));
	if (answers.config !== true || outside === undefined) return;
	throw new AppError(
		'usage',
		`The configuration says where ${outside.service} is, so it is not changed together with its data`,
		{
			hint: 'Restore without --config; take the files from config/ in the backup (unzip) afterwards',
		},
	);
}
