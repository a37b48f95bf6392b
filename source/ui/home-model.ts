import type {BackupRecord} from '../settings.js';
import type {DatabaseServer, ExternalDatabase, ServiceState, Stack, StackService} from '../stack/stack.js';
import {formatAge, formatBytes} from './format.js';

/** How something is, for a sign and a colour beside the words. */
export type Mood = 'good' | 'idle' | 'warning' | 'bad' | 'busy';

/** One row of the home screen. */
export type Status = {readonly mood: Mood; readonly text: string};

const healthMoods: Readonly<Record<string, Mood>> = {healthy: 'good', starting: 'busy', unhealthy: 'bad'};

const stateMoods: Record<ServiceState, Mood> = {
	running: 'good',
	restarting: 'bad',
	paused: 'warning',
	created: 'idle',
	exited: 'warning',
	dead: 'bad',
	absent: 'idle',
};

/** State of a service in words; a one-shot that ended well is not a problem. */
export function describeService(service: StackService): Status {
	const {state, health, exitCode, restartCount, oneShot} = service;
	switch (state) {
		case 'running':
			// Caught between two crashes: the engine counts the restarts that nobody asked for.
			if (health === 'starting' && restartCount > 0) return {mood: 'bad', text: `restarting (${restartCount}x)`};
			return {
				mood: healthMoods[health ?? ''] ?? 'good',
				text: [
					'running',
					...(health ? [health] : []),
					...(restartCount > 0 && health !== 'healthy' ? [`restarted ${restartCount}x`] : []),
				].join(', '),
			};
		case 'restarting':
			return {mood: 'bad', text: restartCount > 0 ? `restarting (${restartCount}x)` : 'restarting'};
		case 'exited':
			if (oneShot && exitCode === 0) return {mood: 'idle', text: 'finished'};
			if (exitCode === null || exitCode === 0) return {mood: 'warning', text: 'stopped'};
			return {mood: 'bad', text: `stopped, exit ${exitCode}`};
		case 'created':
		case 'absent':
			return {mood: 'idle', text: 'not started'};
		default:
			return {mood: stateMoods[state], text: state};
	}
}

const moodOrder: readonly Mood[] = ['bad', 'warning', 'busy', 'good', 'idle'];

/** Services with those in trouble first, so that they are on the screen however small it is. */
export function orderServices(services: readonly StackService[]): readonly StackService[] {
	const rank = (service: StackService) => moodOrder.indexOf(describeService(service).mood);
	return services.toSorted((one, other) => rank(one) - rank(other));
}

export function describeDatabase(database: DatabaseServer): Status {
	const {service, serverVersion, major, sizeBytes, state, health, databases} = database;
	const version = serverVersion ?? (major === null ? '' : String(major));
	const count = databases.length > 1 ? `${databases.length} databases` : (databases[0] ?? database.database);
	const isRunning = state === 'running';
	const condition = isRunning && health ? health : state === 'absent' ? 'not started' : state;
	return {
		mood: isRunning && health ? (healthMoods[health] ?? 'good') : stateMoods[state],
		text: [
			`PostgreSQL${version ? ` ${version}` : ''}`,
			condition,
			sizeBytes === null ? count : `${count}, ${formatBytes(sizeBytes)}`,
			...(service === 'postgres' || service === 'db' ? [] : [service]),
			...(database.replica ? ['replica'] : []),
		].join(' · '),
	};
}

export function describeExternal({host, provider, service}: ExternalDatabase): Status {
	return {mood: 'idle', text: `${host}${provider ? ` (${provider})` : ''} · outside of this stack, used by ${service}`};
}

const staleAfterMs = 7 * 86_400_000;

/** The newest backup with its age and what is known of its worth. */
export function describeLastBackup(backups: readonly BackupRecord[], now: number): Status {
	const newest = sortBackups(backups)[0];
	if (!newest) return {mood: 'warning', text: 'None yet'};
	const age = now - Date.parse(newest.createdAt);
	const proof = describeProof(newest);
	const mood = proof.mood === 'bad' ? 'bad' : age > staleAfterMs ? 'warning' : proof.mood;
	return {mood, text: [formatAge(age), proof.text, formatBytes(newest.bytes)].join(' · ')};
}

export function describeProof({verified}: BackupRecord): Status {
	if (!verified) return {mood: 'idle', text: 'not verified'};
	if (!verified.ok) return {mood: 'bad', text: 'verification failed'};
	return {mood: 'good', text: verified.level === 'restored' ? 'verified by a restore' : 'checksums verified'};
}

export function sortBackups(backups: readonly BackupRecord[]): readonly BackupRecord[] {
	return backups.toSorted((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt));
}

/** `6 more: 5 running, 1 stopped` for services that the screen has no room for; `6 more` while nobody knows what they do. */
export function summarizeServices(services: readonly StackService[], isKnown = true): string {
	if (!isKnown) return `${services.length} more`;
	const counts = new Map<string, number>();
	for (const service of services) {
		const {text} = describeService(service);
		counts.set(text, (counts.get(text) ?? 0) + 1);
	}

	return `${services.length} more: ${[...counts].map(([text, count]) => `${count} ${text}`).join(', ')}`;
}

/** True when there is no PostgreSQL to look after, neither here nor elsewhere. */
export function hasNoDatabase(stack: Stack): boolean {
	return stack.source !== 'nothing' && stack.databases.length === 0 && stack.external.length === 0;
}
