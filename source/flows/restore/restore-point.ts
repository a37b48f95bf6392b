import {AppError} from '../../errors.js';
import {drive, type OperationEvent} from '../../operation.js';
import {readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {type DatabaseTemplate, dropDatabase} from '../../postgres/database.js';
import {exchangeDatabases, nameIncoming} from '../../postgres/switch.js';
import type {Services} from '../../services.js';
import {loadDatabase} from './load-database.js';
import {openSource, type RestoreSource, readDecryptionKeys} from './open-source.js';

/** A database that was replaced in place: it is untouched as long as it has its former oid. */
export type PointDatabase = {readonly name: string; readonly oid: number; readonly template: DatabaseTemplate};

/** A database that was changed where it is, by migrations: it has come back once it has another oid. */
export type ChangedDatabase = PointDatabase & {
	/** The name under which it is loaded first. */
	readonly incoming: string;
	/** The name that the changed one keeps; null: it is dropped first, for want of room. */
	readonly failed: string | null;
};

type Emit = (event: OperationEvent) => void;

const jobs = 2;

/**
 * Brings databases that were dropped back from the rollback point. Safe to repeat: each is loaded beside and takes its name only when it is complete.
 * Throws rollback-failed, which names the file that holds the data.
 */
export async function restorePoint(
	client: PostgresClient,
	file: string,
	databases: readonly PointDatabase[],
	services: Services,
	emit: Emit,
): Promise<void> {
	const before = await readServer(client);
	const lost = databases
		.filter(database => !before.databases.some(one => one.name === database.name && one.oid === database.oid))
		.map(database => ({...database, incoming: nameIncoming(`${database.name}_back`, new Date(0)), failed: null}));
	if (lost.length > 0) await loadAll(client, file, lost, services, emit);
}

/**
 * Brings databases that were changed back from a backup made before. Safe to repeat, as above.
 * Throws rollback-failed, which names the file that holds the data.
 */
export async function returnToBackup(
	client: PostgresClient,
	file: string,
	databases: readonly ChangedDatabase[],
	services: Services,
	emit: Emit,
): Promise<void> {
	const now = (await readServer(client)).databases;
	const changed = databases.filter(({name, oid}) => {
		const live = now.find(one => one.name === name);
		return live === undefined || live.oid === oid;
	});
	if (changed.length > 0) await loadAll(client, file, changed, services, emit);
}

async function loadAll(
	client: PostgresClient,
	file: string,
	databases: readonly ChangedDatabase[],
	services: Services,
	emit: Emit,
): Promise<void> {
	try {
		const source = await openSource(file, await readDecryptionKeys({}, services));
		try {
			const roles = new Set((await readServer(client)).roles.map(role => role.name));
			for (const database of databases) await loadOne(client, source, database, roles, emit);
		} finally {
			await source.close();
		}
	} catch (error) {
		throw new AppError(
			'rollback-failed',
			`The rollback point ${file} could not be restored: ${error instanceof Error ? error.message : String(error)}`,
			{
				hint: 'The data is in that file. Put right what is said, then let Lifeboat finish',
				fix: ['lifeboat', 'rollback', '--yes'],
				details: error instanceof AppError ? error.details : [],
				cause: error,
			},
		);
	}
}

async function loadOne(
	client: PostgresClient,
	source: RestoreSource,
	{name, template, incoming, failed}: ChangedDatabase,
	roles: ReadonlySet<string>,
	emit: Emit,
): Promise<void> {
	const saved = source.summary.databases.find(one => one.name === name);
	if (saved === undefined) throw new AppError('bundle-damaged', `It holds no database ${name}`);
	// Room first: what failed is of no use where nobody wants to keep it.
	if (failed === null) await dropDatabase(client, name);
	await dropDatabase(client, incoming);
	await drive(
		loadDatabase({
			client,
			source,
			database: saved,
			name: incoming,
			template,
			roles,
			noOwner: false,
			jobs,
			trustCommands: false,
			signal: new AbortController().signal,
			step: `point ${name}`,
			title: `Bring ${name} back from the rollback point`,
		}),
		emit,
	);
	await exchangeDatabases(client, [{live: name, incoming, former: failed}]);
}
