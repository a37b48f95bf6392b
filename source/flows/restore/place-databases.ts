import {AppError} from '../../errors.js';
import {nameFormer, nameIncoming} from '../../postgres/switch.js';
import type {Stack} from '../../stack/stack.js';
import type {RestoreAnswers} from './answers.js';
import type {SourceDatabase, SourceSummary} from './source-summary.js';
import type {TargetDatabase, TargetServer} from './target.js';

/** Where one database of the file goes. */
export type PlannedDatabase = {
	/** Index in `source.databases`. */
	readonly source: number;
	readonly service: string;
	/** The name that it has in the end. */
	readonly name: string;
	/** The name under which it is restored and checked. */
	readonly staging: string;
	/** The name that the former database gets; null when there is none. */
	readonly former: string | null;
	/** The former database holds nothing: it is dropped in the end. */
	readonly formerIsEmpty: boolean;
	/** Who is to own it; null for the server's own user. */
	readonly owner: string | null;
	/** Size of the former database. */
	readonly formerBytes: number | null;
};

/**
 * Decides for each chosen database of the file which server and which name it goes to: by its service and name where the stack has them,
 * else to the database that the application uses. Pure.
 * Throws AppError usage, database-not-found or database-ambiguous.
 */
export function placeDatabases(
	stack: Stack,
	answers: RestoreAnswers,
	source: SourceSummary,
	targets: readonly TargetServer[],
	now: number,
): readonly PlannedDatabase[] {
	const chosen = chooseDatabases(answers, source);
	const placed = chosen.map(index => {
		const database = source.databases[index];
		if (database === undefined) throw new TypeError('the index comes from the list');
		const target = chooseTarget(stack, answers, database, targets);
		return placeDatabase(answers, database, index, target, chosen.length === 1, new Date(now));
	});
	refuseTwice(placed);
	return placed;
}

function chooseDatabases(answers: RestoreAnswers, source: SourceSummary): readonly number[] {
	const all = source.databases.map((database, index) => ({database, index}));
	if (answers.databases.length > 0) {
		return answers.databases.map(name => {
			const found = all.find(({database}) => database.name === name);
			if (found !== undefined) return found.index;
			throw new AppError('database-not-found', `The backup holds no database ${name}`, {
				hint: `It holds: ${all.map(({database}) => database.name ?? 'one without a name').join(', ')}`,
			});
		});
	}

	// The maintenance database comes along with every server; without tables there is nothing in it to bring back.
	const useful = all.filter(
		({database}) => !(database.name === 'postgres' && database.tableCount === 0 && all.length > 1),
	);
	if (answers.mode === 'to-database' && useful.length > 1)
		throw new AppError('usage', 'The backup holds several databases; --to-database takes one', {
			hint: `Choose it with --only: ${useful.map(({database}) => database.name).join(', ')}`,
		});
	return useful.map(({index}) => index);
}

function chooseTarget(
	stack: Stack,
	answers: RestoreAnswers,
	database: SourceDatabase,
	targets: readonly TargetServer[],
): TargetServer {
	if (targets.length === 0)
		throw new AppError('database-not-found', `The stack ${stack.project} has no PostgreSQL server to restore into`, {
			hint: 'Let a variable such as DATABASE_URL name the server, or restore where the stack with the server is (--project-directory)',
		});
	const wanted = answers.service ?? database.service;
	const named = targets.find(target => target.service === wanted);
	if (named !== undefined) return named;
	const [only] = targets;
	if (only !== undefined && targets.length === 1 && answers.service === undefined) return only;
	throw new AppError(
		answers.service === undefined ? 'database-ambiguous' : 'database-not-found',
		answers.service === undefined
			? `The stack has several PostgreSQL servers, and the backup does not say which one ${database.name ?? 'it'} belongs to`
			: `The stack has no PostgreSQL service ${answers.service}`,
		{hint: `Choose one with --service: ${targets.map(target => target.service).join(', ')}`},
	);
}

function placeDatabase(
	answers: RestoreAnswers,
	database: SourceDatabase,
	index: number,
	target: TargetServer,
	isOnly: boolean,
	now: Date,
): PlannedDatabase {
	const existing = target.server?.databases ?? [];
	const name = answers.toDatabase ?? answers.database ?? chooseName(database, target, existing, isOnly);
	const former = existing.find(one => one.name === name);
	if (answers.mode === 'to-database' && former !== undefined)
		throw new AppError('usage', `The database ${name} exists already on ${target.service}`, {
			hint: 'Choose another name with --to-database, or restore over it without that option',
		});
	const isEmpty = former !== undefined && former.tables === 0;
	return {
		source: index,
		service: target.service,
		name,
		staging: answers.mode === 'to-database' ? name : nameIncoming(name, now),
		former: former === undefined ? null : nameFormer(name, now),
		formerIsEmpty: isEmpty,
		owner: former?.owner ?? (answers.owners === 'keep' ? database.owner : null),
		formerBytes: former?.sizeBytes ?? null,
	};
}

function chooseName(
	database: SourceDatabase,
	target: TargetServer,
	existing: readonly TargetDatabase[],
	isOnly: boolean,
): string {
	if (database.name === null) return target.database;
	if (existing.some(one => one.name === database.name)) return database.name;
	return isOnly ? target.database : database.name;
}

/** The former database that is worth keeping; null when there is none or it is empty. */
export function keptFormer(database: Pick<PlannedDatabase, 'former' | 'formerIsEmpty'>): string | null {
	return database.formerIsEmpty ? null : database.former;
}

function refuseTwice(placed: readonly PlannedDatabase[]): void {
	const seen = new Set<string>();
	for (const {service, name, staging} of placed) {
		for (const key of new Set([`${service}/${name}`, `${service}/${staging}`])) {
			if (seen.has(key))
				throw new AppError('usage', `Two databases of the backup would become ${name} on ${service}`, {
					hint: 'Restore them one at a time with --only',
				});
			seen.add(key);
		}
	}
}
