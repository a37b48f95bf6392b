import type {ModelService} from './compose-model.js';
import {isServerImage} from './postgres-signals.js';
import type {StackFacts} from './stack-facts.js';

/** Why a service runs to its end, or undefined when it keeps running. */
export type OneShotRule = {
	readonly rule: string;
	readonly find: (service: ModelService, facts: StackFacts) => string | undefined;
};

const keepsRunning = (service: ModelService) => /^(?:always|unless-stopped|any)$/.test(service.restart ?? '');
const commandLine = (service: ModelService) => [...service.entrypoint, ...service.command].join(' ');

const taskWord =
	/(?:^|[-_.])(?:migrat(?:e|es|or|ors|ion|ions)|db-?(?:migrate|init|setup|push|seed)|init|initializer|initialize|initializer|seed|seeder|setup|bootstrap|provision|configurator|installer|install|upgrade|create-?buckets?|make-?buckets?|createbuckets|permissions|chown|keygen)(?:$|[-_.\d])/i;
const permanentWord = /(?:^|[-_])(?:worker|server|web|scheduler|realtime|api|daemon|watch(?:er)?)(?:$|[-_])/i;
const migrateCommand =
	/\b(?:prisma\s+(?:migrate|db\s+push)|drizzle-kit\s+(?:migrate|push)|alembic\s+upgrade|knex\s+migrate|sequelize\s+db:migrate|typeorm\s+migration:run|(?:rails|rake)\s+db:\w+|manage\.py\s+migrate|flask\s+db\s+upgrade|flyway\b.*\bmigrate|liquibase\b.*\bupdate|goose\s.*\bup|dbmate\s.*\bup|sqlx\s+migrate|diesel\s+migration|migrate\s+(?:sql|up|deploy|-path|-source|-database)|db[:-]migrate|run-?migrations?|migrat(?:e|or|ion|ions)(?:\.(?:sh|js|mjs|cjs|ts|py|rb))?$|artisan\s+migrate|doctrine:migrations)/i;
const serveCommand =
	/(?:&&|;)\s*(?:exec\s+)?(?:npm|pnpm|yarn|node|bun|next|gunicorn|uvicorn|puma|rails\s+s|serve|start|java|python|\S*server)\b/i;

export const oneShotRules: readonly OneShotRule[] = [
	{
		rule: 'waited-for',
		find: (service, {model}) => {
			const waiting = model.services.find(other => other.dependsOn[service.name] === 'service_completed_successfully');
			return waiting && `${waiting.name} waits for its successful end`;
		},
	},
	{
		rule: 'task-name',
		find: service =>
			taskWord.test(service.name) &&
			!permanentWord.test(service.name) &&
			!keepsRunning(service) &&
			service.ports.length === 0
				? 'named for a task that ends, not restarted for ever, publishes no port'
				: undefined,
	},
	{
		rule: 'migrate-command',
		find: service => {
			const line = commandLine(service);
			return migrateCommand.test(line) &&
				!serveCommand.test(line) &&
				!keepsRunning(service) &&
				service.ports.length === 0
				? 'its command is a migration and starts nothing after it'
				: undefined;
		},
	},
	{
		rule: 'client-task',
		find: service =>
			isServerImage(service.image) &&
			!keepsRunning(service) &&
			/\b(?:psql|pg_restore|createdb)\b/.test(commandLine(service)) &&
			!/\b(?:while|sleep\s+(?:\d{3,}|infinity)|crond?)\b/.test(commandLine(service).replace(/until.*?done/g, ''))
				? "a server's image that runs one client program"
				: undefined,
	},
	{
		rule: 'utility-task',
		find: (service, {software}) =>
			software.get(service.name)?.kind === 'utility' &&
			!keepsRunning(service) &&
			service.ports.length === 0 &&
			service.command.length + service.entrypoint.length > 0
				? 'a utility image that runs one command'
				: undefined,
	},
];

/** Services that run to their end, with the reason. */
export function findOneShots(facts: StackFacts): ReadonlyMap<string, {readonly rule: string; readonly text: string}> {
	const found = new Map<string, {readonly rule: string; readonly text: string}>();
	for (const service of facts.model.services) {
		if (facts.servers.has(service.name)) continue;
		for (const {rule, find} of oneShotRules) {
			const text = find(service, facts);
			if (text === undefined) continue;
			found.set(service.name, {rule, text});
			break;
		}
	}

	return found;
}

/** True when the name or the command of a one-shot speaks of the schema. */
export function speaksOfMigration(service: ModelService): boolean {
	return (
		/migrat|upgrade-?db|db-?(?:init|setup|push|upgrade)|schema/i.test(service.name) ||
		migrateCommand.test(commandLine(service))
	);
}
