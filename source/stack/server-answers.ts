import {type Runtime, realDataMount} from './runtime.js';
import type {ServerAnswer} from './server-questions.js';
import type {DatabaseServer, Reason, Stack} from './stack.js';

/** Adds what the servers said to the stack: version, sizes, extensions, who is connected. The server's word wins over the files. */
export function applyAnswers(
	stack: Stack,
	answers: ReadonlyMap<string, ServerAnswer | {readonly reason: string}>,
	runtime: Runtime,
): Stack {
	const reasons: Reason[] = [];
	const databases = stack.databases.map(database => {
		const answer = answers.get(database.service);
		if (answer === undefined) return database;
		if ('reason' in answer) {
			reasons.push({
				subject: database.service,
				rule: 'server-silent',
				text: `${database.service} does not answer: ${answer.reason}`,
			});
			return database;
		}

		return applyAnswer(database, answer, runtime, reasons);
	});
	const connected = new Set(
		databases.flatMap(({server}) => (server?.clients ?? []).flatMap(({service}) => service ?? [])),
	);
	const services = stack.services.map(service => {
		if (!connected.has(service.name) || service.stopForRestore || service.oneShot) return service;
		if (['database', 'pooler', 'backup'].includes(service.role)) return service;
		reasons.push({
			subject: service.name,
			rule: 'writer-connected',
			text: `${service.name} uses the database: it is connected now`,
		});
		return {...service, stopForRestore: true};
	});
	return {...stack, databases, services, reasons: [...stack.reasons, ...reasons]};
}

function applyAnswer(
	database: DatabaseServer,
	answer: ServerAnswer,
	runtime: Runtime,
	reasons: Reason[],
): DatabaseServer {
	const {facts} = answer;
	const because = (rule: string, text: string) => reasons.push({subject: database.service, rule, text});
	const used = chooseDatabase(database, answer, because);
	const own = facts.databases.find(({name}) => name === used);
	// Every new cluster has an empty database `postgres` for maintenance: nobody misses it in a backup.
	const worthKeeping = facts.databases.filter(({name, tables}) => name === used || name !== 'postgres' || tables > 0);
	const container = runtime.get(database.service)?.find(({id}) => id === database.containerId);
	// POSTGRES_USER acts on an empty data folder only: changed later, it names a role that is not there.
	const isKnown = facts.roles.length === 0 || facts.roles.some(({name}) => name === database.user);
	const user = isKnown ? database.user : answer.asker;
	if (!isKnown) because('user-missing', `user ${user}: the server has no role ${database.user}`);
	because('server-version', `the server says version ${answer.version}`);
	return {
		...database,
		major: answer.major,
		serverVersion: answer.version,
		user,
		database: used,
		databases: worthKeeping.length > 0 ? worthKeeping.map(({name}) => name) : database.databases,
		sizeBytes: own?.sizeBytes ?? null,
		extensions: own?.extensions.map(({name}) => name) ?? [],
		replica: database.replica || answer.inRecovery,
		superuser: facts.roles.find(({name}) => name === user)?.superuser ?? answer.superuser,
		freeBytes: answer.freeBytes,
		dataMount: container
			? realDataMount(container, database.dataMount, facts.dataDirectory || undefined)
			: database.dataMount,
		server: facts,
	};
}

/** The database of the connection strings when the server has it; else the one that services are connected to, else the largest. */
function chooseDatabase(
	{database, service}: DatabaseServer,
	{facts}: ServerAnswer,
	because: (rule: string, text: string) => void,
): string {
	const found = facts.databases.find(({name}) => name === database);
	const others = facts.databases.filter(({name, tables}) => name !== database && tables > 0);
	if (found !== undefined && (found.tables > 0 || others.length === 0)) return database;
	const connected = facts.clients.find(
		client =>
			client.service !== null && client.service !== service && others.some(({name}) => name === client.database),
	);
	if (connected !== undefined) {
		because(
			'database-connected',
			`database ${connected.database}: ${connected.service} is connected to it, and ${database} ${found ? 'is empty' : 'is not there'}`,
		);
		return connected.database;
	}

	const [largest] = others.toSorted((a, b) => b.sizeBytes - a.sizeBytes);
	if (largest === undefined) return database;
	because(
		'database-largest',
		`database ${largest.name}: the largest, and ${database} ${found ? 'is empty' : 'is not there'}`,
	);
	return largest.name;
}
