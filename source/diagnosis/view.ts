import {type Connection, findConnections} from './connections.js';
import type {Evidence, Probe, ServiceEvidence} from './evidence.js';
import {cutAtLastStart, type LogLine, normaliseLines} from './lines.js';
import {isLoopback} from './pattern.js';

/** One text to look at: the log of a service, what its health check said, what Compose or the engine said. */
export type Source = {
	/** For people: `app log`, `docker compose`, `health check of db`. */
	readonly name: string;
	readonly kind: 'log' | 'earlier log' | 'state' | 'health' | 'probe' | 'compose' | 'engine';
	readonly service: ServiceEvidence | null;
	readonly lines: readonly LogLine[];
	/** The lines, joined. */
	readonly text: string;
	/** Offset of each line in `text`. */
	readonly offsets: readonly number[];
};

/** The evidence as the causes look at it. */
export type View = {
	readonly evidence: Evidence;
	readonly sources: readonly Source[];
	readonly services: readonly ServiceEvidence[];
	/** PostgreSQL servers of the stack that have evidence. */
	readonly databases: readonly ServiceEvidence[];
	/** Connection strings and host variables, of all services. */
	readonly connections: readonly Connection[];
	/** Names by which a service of this stack can be reached; empty when unknown. */
	readonly knownHosts: ReadonlySet<string>;
};

const lineLimit = 3000;

export function viewEvidence(evidence: Evidence): View {
	const sources = [
		...evidence.services.flatMap(sourcesOf),
		...evidence.probes.filter(probe => !probe.ok).map(probe => probeSource(probe, evidence)),
		makeSource('docker compose', 'compose', null, evidence.compose),
		makeSource(
			'compose file against the engine',
			'compose',
			null,
			evidence.composeFindings.map(finding => finding.message),
		),
		makeSource('docker engine', 'engine', null, evidence.engine),
	].filter(source => source.text.trim() !== '');
	return {
		evidence,
		sources,
		services: evidence.services,
		databases: evidence.services.filter(isDatabase),
		connections: evidence.services.flatMap(findConnections),
		knownHosts: new Set([
			...evidence.serviceNames,
			...evidence.services.flatMap(service => [service.service, service.container ?? '', ...service.aliases]),
		]),
	};
}

function sourcesOf(service: ServiceEvidence): Source[] {
	const {service: name} = service;
	const current = cutAtLastStart(normaliseLines(service.log.slice(-lineLimit)), service);
	const earlier = service.earlierLogs.map(lines =>
		makeSource(`${name} log, earlier run`, 'earlier log', service, lines.slice(-500)),
	);
	const health = service.healthLog
		.filter(entry => entry.exitCode !== 0 && service.health !== 'healthy')
		.map(entry => entry.output ?? '');
	return [
		makeSource(`${name} state`, 'state', service, service.stateError ? [service.stateError] : []),
		...(service.role === 'migrate' ? earlier : []),
		joinLines(`${name} log`, 'log', service, current),
		...(service.role === 'migrate' || isUp(service) ? [] : earlier.slice(-1)),
		makeSource(`${name} health check`, 'health', service, health.slice(-1)),
	];
}

function probeSource(probe: Probe, evidence: Evidence): Source {
	const service = evidence.services.find(other => other.service === probe.service) ?? null;
	const about = probe.variable ? ` of ${probe.variable}` : '';
	return makeSource(`${probe.service}: ${probe.step} probe${about}`, 'probe', service, [probe.detail ?? '']);
}

function makeSource(
	name: string,
	kind: Source['kind'],
	service: ServiceEvidence | null,
	raw: readonly string[],
): Source {
	return joinLines(name, kind, service, normaliseLines(raw.slice(-lineLimit)));
}

function joinLines(
	name: string,
	kind: Source['kind'],
	service: ServiceEvidence | null,
	lines: readonly LogLine[],
): Source {
	const offsets: number[] = [];
	let offset = 0;
	for (const line of lines) {
		offsets.push(offset);
		offset += line.text.length + 1;
	}

	return {name, kind, service, lines, text: lines.map(line => line.text).join('\n'), offsets};
}

export function lineAt(source: Source, offset: number): number {
	const after = source.offsets.findIndex(start => start > offset);
	return after < 0 ? source.offsets.length - 1 : after - 1;
}

export function isDatabase(service: ServiceEvidence): boolean {
	return (
		service.role === 'database' ||
		(service.role == null && /postgres|pgvector|timescale|postgis/i.test(service.image ?? ''))
	);
}

export function isUp(service: ServiceEvidence): boolean {
	return service.state === 'running' && service.health !== 'unhealthy';
}

export function isDown(service: ServiceEvidence): boolean {
	return ['exited', 'dead', 'restarting', 'created', 'absent'].includes(service.state ?? '');
}

/** The probe of a service's connection at a step, when it was made. */
export function findProbe(view: View, service: string | undefined, step: string): Probe | undefined {
	return view.evidence.probes.find(
		probe => probe.step === step && (service === undefined || probe.service === service),
	);
}

/** The steps of a connection, in order; who reached one has passed those before. */
const connectionSteps = ['dns', 'tcp', 'tls', 'auth', 'database', 'permission'];

/** Connections of broken services to a database of this stack that has no table: no migration ever ran on it. */
export function emptyDatabases(view: View): readonly Connection[] {
	return view.connections.filter(
		({kind, database, service}) =>
			kind === 'database' &&
			database !== null &&
			isTroubled(view, service) &&
			view.evidence.servers.some(server => server.ready === true && server.tablesByDatabase?.[database] === 0),
	);
}

const schemaComplaint =
	/(?:relation|column|table) ["'\x60][^"'\x60]+["'\x60](?: of relation "[^"]+")? does not exist|column [\w.]+ does not exist|\b42P01\b|\b42703\b|\bP202[12]\b|Undefined(?:Table|Column)|undefined_(?:table|column)/i;

/** The client of the database that asks for a table or a column that is not there. */
export function whoMissesSchema(view: View): string | undefined {
	return view.sources.find(
		({kind, service, text}) =>
			kind === 'log' && service !== null && !isDatabase(service) && !isDone(service) && schemaComplaint.test(text),
	)?.service?.service;
}

/** Connections that the server refused for their password. */
export function refusedLogins(view: View): readonly Probe[] {
	return view.evidence.probes.filter(
		probe => probe.step === 'auth' && !probe.ok && /password authentication failed/.test(probe.detail ?? ''),
	);
}

/** True when the probe got past a step of the connection, whatever it met later. */
export function passed(probe: Probe, step: string): boolean {
	const [reached, wanted] = [connectionSteps.indexOf(probe.step), connectionSteps.indexOf(step)];
	return reached >= 0 && wanted >= 0 && (probe.ok ? reached >= wanted : reached > wanted);
}

export function findServer(view: View) {
	return view.evidence.servers[0];
}

/** A service that is broken or unhealthy; without a name: any of the stack, or a stack of which nothing runs. */
export function isTroubled(view: View, name?: string): boolean {
	const services = name === undefined ? view.services : view.services.filter(service => service.service === name);
	return (
		services.every(service => service.state === 'absent') ||
		services.some(service => isBroken(service) || service.state == null)
	);
}

/** Ended otherwise than by its own will or an ordinary stop, refused by the engine, looping, or unhealthy. A service that was never started (a profile) is not. */
export function isBroken(service: ServiceEvidence): boolean {
	if (service.health === 'unhealthy' && service.state !== 'absent') return true;
	if (service.state === 'exited') return service.exitCode !== 0 && service.exitCode !== 143;
	return ['dead', 'restarting', 'created'].includes(service.state ?? '');
}

/** A one-shot that ended well. */
export function isDone(service: ServiceEvidence): boolean {
	return service.state === 'exited' && service.exitCode === 0;
}

/** Ended by an ordinary stop, or killed by one that took too long. */
export function wasStopped({state, exitCode}: ServiceEvidence): boolean {
	return state === 'exited' && (exitCode === 0 || exitCode === 143 || exitCode === 137);
}

/** All connections of the service to databases name a host that is not this container. */
export function connectsElsewhere(view: View, name: string | undefined): boolean {
	const own = view.connections.filter(
		connection => connection.service === name && connection.kind === 'database' && connection.host,
	);
	return own.length > 0 && own.every(connection => !isLoopback(connection.host ?? undefined));
}

/** A sentence on what a service does now: the first thing to look at when nobody reaches it. */
export function describeState(view: View, name: string): string {
	const service = view.services.find(other => other.service === name);
	if (!service?.state) return `Look first whether ${name} runs: docker compose ps -a.`;
	if (isUp(service)) return `${name} runs now.`;
	if (service.state === 'exited' && service.exitCode === 0)
		return `${name} is exited (exit code 0): it was stopped, and only has to be started.`;
	return `${name} is ${service.state}${service.exitCode == null ? '' : ` (exit code ${service.exitCode})`}: its own log says why.`;
}
