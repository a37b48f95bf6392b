import type {ModelService} from './compose-model.js';
import {speaksOfMigration} from './one-shots.js';
import {isServerImage} from './postgres-signals.js';
import type {ServiceRole} from './stack.js';
import type {StackFacts} from './stack-facts.js';
import {isPooler} from './writers.js';

const workerWord =
	/(?:^|[-_.])(?:workers?|celery|celery-?beat|celery-?worker|beat|scheduler|cron|cronjobs?|sidekiq|resque|queues?|jobs?|consumers?|tasks?|background|daemon|housekeeping|triggerer|processor|runner|ingest\w*)(?:$|[-_.\d])/i;
const workerCommand = /\b(?:celery\b.*\b(?:worker|beat)|sidekiq|rqworker|queue:work|horizon|worker|scheduler)\b/i;
const storeName = /(?:^|[-_])(?:minio|s3|blob-?store|object-?stor(?:e|age)|seaweedfs)(?:$|[-_\d])/i;

export type RoleVerdict = {readonly role: ServiceRole; readonly rule: string; readonly text: string};

/** What a service is there for; the first rule that holds decides. */
export function findRole(
	service: ModelService,
	facts: StackFacts,
	seen: {readonly isOneShot: boolean; readonly isWriter: boolean},
): RoleVerdict {
	const known = facts.software.get(service.name);
	const verdict = (role: ServiceRole, rule: string, text: string): RoleVerdict => ({role, rule, text});
	if (facts.servers.has(service.name)) return verdict('database', 'postgres', 'a PostgreSQL server');
	if (known?.kind === 'backup') return verdict('backup', 'software', known.text);
	const line = [...service.entrypoint, ...service.command].join(' ');
	if (isServerImage(service.image) && /\bpg_dump(?:all)?\b/.test(line))
		return verdict('backup', 'dump-command', 'its command dumps a database');
	if (seen.isOneShot) {
		return seen.isWriter || speaksOfMigration(service)
			? verdict('migrate', 'one-shot-with-connection', 'runs to its end and prepares the database')
			: verdict('other', 'one-shot', 'runs to its end and has no database');
	}

	if (isPooler(facts, service.name)) return verdict('pooler', 'pooler', known?.text ?? 'stands in front of the server');
	if (known?.kind === 'cache') return verdict('cache', 'software', known.text);
	if (known?.kind === 'object-store') return verdict('object-store', 'software', known.text);
	if (known?.kind === 'other-database') return verdict('database', 'software', known.text);
	if (known === undefined && storeName.test(service.name) && !seen.isWriter)
		return verdict('object-store', 'store-name', 'named as an object store');
	if (known?.kind === 'proxy' && !seen.isWriter) return verdict('proxy', 'software', known.text);
	if (known !== undefined && !seen.isWriter) return verdict('other', 'software', known.text);
	if ((workerWord.test(service.name) || workerCommand.test(line)) && service.ports.length === 0)
		return verdict('worker', 'worker', 'named or started as a worker, publishes no port');
	return verdict('app', 'application', 'none of the known infrastructure');
}
