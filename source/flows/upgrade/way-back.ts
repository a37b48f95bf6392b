import {isKeptDatabase} from '../../postgres/switch.js';
import type {DatabaseServer, Stack} from '../../stack/stack.js';

/** How the data of one database comes back when the upgrade fails or is taken back later. */
export type PlannedWayBack = {
	readonly service: string;
	readonly name: string;
	/** `copy`: copied inside its server before the migrations, back by one rename. `backup`: loaded again from a backup that is made once nobody writes. */
	readonly kind: 'copy' | 'backup';
	/** Why it is no copy; null for a copy. */
	readonly why: string | null;
	/** The copy, or the name under which the backup is loaded before it takes the place of the live database. */
	readonly copy: string;
	/** The name that the data of the upgrade keeps after the way back; null where there is no room for both. */
	readonly failed: string | null;
	readonly sizeBytes: number | null;
};

/** Room for a copy: the files themselves and what the checkpoint writes. */
const copyRoom = 1.2;

/**
 * The way back of every database of the stack's servers: an application that writes into several of them needs all of them back together.
 * @param id UTC time that names the upgrade, `20260614t020000z`.
 * @param keepWriting the application stays connected all the while.
 */
export function planWayBack(stack: Stack, id: string, keepWriting: boolean): readonly PlannedWayBack[] {
	return stack.databases
		.filter(server => !server.replica && server.state === 'running')
		.flatMap(server => {
			const why = whyNoCopy(server, keepWriting);
			return databasesOf(server).map(name => ({
				service: server.service,
				name,
				kind: why === null ? ('copy' as const) : ('backup' as const),
				why: why?.text ?? null,
				copy: fitName(name, why === null ? `_before_${id}` : `_restoring_${id}`),
				failed: why?.isShortOfRoom ? null : fitName(name, `_failed_${id}`),
				sizeBytes: server.server?.databases.find(one => one.name === name)?.sizeBytes ?? server.sizeBytes,
			}));
		});
}

function databasesOf(server: DatabaseServer): readonly string[] {
	const names = server.databases.filter(name => name !== 'postgres' && !isKeptDatabase(name));
	return names.length > 0 ? names : [server.database];
}

/**
 * TimescaleDB keeps books about its own database, by oid, and its workers hold it open; a role that is no superuser may not copy what it does not own;
 * and CREATE DATABASE copies no database that somebody is connected to: an application that goes on would lose its sessions, or win the race.
 */
function whyNoCopy(
	server: DatabaseServer,
	keepWriting: boolean,
): {readonly text: string; readonly isShortOfRoom: boolean} | null {
	const isShortOfRoom = server.freeBytes !== null && server.freeBytes < (server.sizeBytes ?? 0) * copyRoom;
	if (isShortOfRoom) return {text: 'its disk has no room for a copy', isShortOfRoom};
	if (server.extensions.includes('timescaledb')) return {text: 'TimescaleDB cannot be copied', isShortOfRoom};
	if (server.superuser === false) return {text: `${server.user} may not copy databases`, isShortOfRoom};
	if (keepWriting)
		return {text: 'the application stays connected, and a copy needs the database to itself', isShortOfRoom};
	return null;
}

/** PostgreSQL cuts names after 63 bytes: the end, which tells them apart, must stay. */
function fitName(name: string, suffix: string): string {
	let start = name;
	while (Buffer.byteLength(start + suffix) > 63) start = start.slice(0, -1);
	return start + suffix;
}
