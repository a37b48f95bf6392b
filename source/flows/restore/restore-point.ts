import {AppError} from '../../errors.js';
import {drive, type OperationEvent} from '../../operation.js';
import {readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {type DatabaseTemplate, dropDatabase} from '../../postgres/database.js';
import {exchangeDatabases, nameIncoming} from '../../postgres/switch.js';
import type {Services} from '../../services.js';
import {loadDatabase} from './load-database.js';
import {openSource, readDecryptionKeys} from './open-source.js';

/** A database that was replaced in place: it is untouched as long as it has its former oid. */
export type PointDatabase = {readonly name: string; readonly oid: number; readonly template: DatabaseTemplate};

const jobs = 2;

/**
 * Brings databases back from the rollback point. Safe to repeat: each is loaded beside and takes its name only when it is complete.
 * Throws rollback-failed, which names the file that holds the data.
 */
export async function restorePoint(
	client: PostgresClient,
	file: string,
	databases: readonly PointDatabase[],
	services: Services,
	emit: (event: OperationEvent) => void,
): Promise<void> {
	const before = await readServer(client);
	const lost = databases.filter(
		database => !before.databases.some(one => one.name === database.name && one.oid === database.oid),
	);
	if (lost.length === 0) return;
	try {
		await load(client, file, lost, services, emit);
	} catch (error) {
		throw new AppError(
			'rollback-failed',
			`The rollback point ${file} could not be restored: ${error instanceof Error ? error.message : String(error)}`,
			{
				hint: 'The data is in that file. Put right what is said, then let Lifeboat finish',
				fix: ['lifeboat', 'rollback', '--yes'],
				cause: error,
			},
		);
	}
}

async function load(
	client: PostgresClient,
	file: string,
	databases: readonly PointDatabase[],
	services: Services,
	emit: (event: OperationEvent) => void,
): Promise<void> {
	const source = await openSource(file, await readDecryptionKeys({}, services));
	try {
		const roles = new Set((await readServer(client)).roles.map(role => role.name));
		for (const {name, template} of databases) {
			const saved = source.summary.databases.find(one => one.name === name);
			if (saved === undefined) throw new AppError('bundle-damaged', `It holds no database ${name}`);
			const incoming = nameIncoming(`${name}_back`, new Date(0));
			// Room first: what the failed restore left under the name is of no use.
			await dropDatabase(client, name);
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
			await exchangeDatabases(client, [{live: name, incoming, former: null}]);
		}
	} finally {
		await source.close();
	}
}
