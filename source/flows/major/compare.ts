import {AppError} from '../../errors.js';
import {emitting, type Operation} from '../../operation.js';
import {fingerprintRoles} from '../../postgres/apply-globals.js';
import {readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {countRows, type DatabaseContents, readContents, sumCounts, type TableCount} from '../../postgres/contents.js';
import {type MigrationState, migrationTableName, readMigrations} from '../../postgres/migrations.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import {takeSnapshot} from '../../postgres/snapshot.js';

/** All of a database that is compared. */
export type MovedContents = {
	readonly contents: DatabaseContents;
	readonly counts: readonly TableCount[];
	readonly migrations: readonly MigrationState[];
};

export type MovedDatabase = {readonly name: string; readonly tables: number; readonly rows: number};

/** Compares every database of both servers, their roles and properties. Throws AppError upgrade-failed with every difference. */
export async function* compareServers(
	old: PostgresClient,
	next: PostgresClient,
	names: readonly string[],
	signal: AbortSignal,
): Operation<readonly MovedDatabase[]> {
	const step = 'compare';
	yield {type: 'step-started', step, title: 'Compare the new server with the old one', canCancel: true};
	const moved: MovedDatabase[] = [];
	const differences: string[] = [];
	for (const name of names) {
		const [before, after] = yield* emitting(emit =>
			Promise.all([
				readMoved(old, name, signal),
				readMoved(next, name, signal, (done, total) =>
					emit({type: 'step-progress', step, done, total, unit: 'items', current: name}),
				),
			]),
		);
		differences.push(...compareContents(name, before, after));
		moved.push({name, ...sumCounts(after.counts)});
	}

	const [before, after] = await Promise.all([readServer(old, {signal}), readServer(next, {signal})]);
	for (const name of names)
		differences.push(
			...compareProperties(
				before.databases.find(one => one.name === name),
				after.databases.find(one => one.name === name),
				name,
			),
		);
	const [rolesBefore, rolesAfter] = await Promise.all([
		fingerprintRoles(old, {signal}),
		fingerprintRoles(next, {signal}),
	]);
	for (const [role, digest] of rolesBefore)
		if (rolesAfter.get(role) !== digest)
			differences.push(`The role ${role} is not the same on both (rights, password, settings or memberships)`);
	if (differences.length > 0)
		throw new AppError(
			'upgrade-failed',
			`What arrived on the new server is not what the old one has: ${differences[0]}`,
			{
				hint: 'Nothing of the old server is lost. Look at the differences; a second try may help where something was changed meanwhile',
				details: differences.slice(0, 20),
			},
		);
	const tables = moved.reduce((sum, one) => sum + one.tables, 0);
	const rows = moved.reduce((sum, one) => sum + one.rows, 0);
	yield {
		type: 'step-finished',
		step,
		note: `${tables} tables, ${rows.toLocaleString('en')} rows, ${rolesBefore.size} roles`,
	};
	return moved;
}

async function readMoved(
	client: PostgresClient,
	database: string,
	signal: AbortSignal,
	onCounted: (done: number, total: number) => void = () => {},
): Promise<MovedContents> {
	const snapshot = await takeSnapshot(client, database, signal);
	try {
		const contents = await readContents(snapshot.session);
		return {
			contents,
			counts: await countRows(snapshot.session, contents.tables, {onCounted}),
			migrations: await readMigrations(snapshot.session),
		};
	} finally {
		await snapshot.close();
	}
}

/** Every difference between two databases, one sentence each; versions of extensions may differ. Pure. */
export function compareContents(database: string, before: MovedContents, after: MovedContents): readonly string[] {
	const nameOf = (one: {readonly schema: string; readonly name: string}) => `${one.schema}.${one.name}`;
	const counts = new Map(after.counts.map(one => [nameOf(one), one]));
	const sequences = new Map(after.contents.sequences.map(one => [nameOf(one), one.lastValue]));
	const lacks = (kind: string, had: readonly string[], has: readonly string[]) =>
		had.filter(one => !has.includes(one)).map(one => `${kind} ${one} is missing in ${database}`);
	return [
		...before.counts.flatMap(table => {
			const there = counts.get(nameOf(table));
			if (there === undefined) return [`The table ${nameOf(table)} is missing in ${database}`];
			return there.rows === table.rows
				? []
				: [
						`${nameOf(table)} of ${database} has ${there.rows ?? 'unknown'} rows, the old server ${table.rows ?? 'unknown'}`,
					];
		}),
		...before.contents.sequences.flatMap(one =>
			sequences.get(nameOf(one)) === one.lastValue
				? []
				: [`The sequence ${nameOf(one)} of ${database} stands at another value`],
		),
		...lacks(
			'The extension',
			before.contents.extensions.map(one => one.name),
			after.contents.extensions.map(one => one.name),
		),
		...lacks('The schema', before.contents.schemas, after.contents.schemas),
		...lacks('The publication', before.contents.publications, after.contents.publications),
		...lacks('The subscription', before.contents.subscriptions, after.contents.subscriptions),
		...(before.contents.largeObjects === after.contents.largeObjects
			? []
			: [
					`${database} has ${after.contents.largeObjects} large objects, the old server ${before.contents.largeObjects}`,
				]),
		...before.migrations.flatMap(one => {
			const there = after.migrations.find(other => migrationTableName(other) === migrationTableName(one));
			return there?.applied === one.applied && there.latest === one.latest
				? []
				: [`The migrations in ${migrationTableName(one)} of ${database} are not the same`];
		}),
	];
}

/** Differences of what a dump does not hold. Collation versions belong to the system and may differ. Pure. */
export function compareProperties(
	before: DatabaseProperties | undefined,
	after: DatabaseProperties | undefined,
	name: string,
): readonly string[] {
	if (before === undefined || after === undefined) return [`The database ${name} is missing`];
	const sorted = (list: readonly unknown[] | null) =>
		JSON.stringify((list ?? []).map(one => JSON.stringify(one)).toSorted());
	const pairs: readonly (readonly [what: string, before: unknown, after: unknown])[] = [
		['owner', before.owner, after.owner],
		['encoding', before.encoding, after.encoding],
		[
			'collation',
			[before.localeProvider, before.collate, before.locale].join(),
			[after.localeProvider, after.collate, after.locale].join(),
		],
		['character classes', before.ctype, after.ctype],
		['connection limit', before.connectionLimit, after.connectionLimit],
		['comment', before.comment, after.comment],
		['settings', sorted(before.settings), sorted(after.settings)],
		['grants', sorted(before.grants), sorted(after.grants)],
	];
	return pairs
		.filter(([, one, other]) => one !== other)
		.map(
			([what]) =>
				`The ${what} of the database ${name} ${what === 'settings' || what === 'grants' ? 'are' : 'is'} not the same`,
		);
}
