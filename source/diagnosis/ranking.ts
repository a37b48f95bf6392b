import {type Cause, layers, type Match} from './cause.js';
import type {Probe} from './evidence.js';
import type {Candidate} from './match.js';
import {findProbe, isBroken, isDone, isUp, passed, type View} from './view.js';

/** A candidate with what follows from it. */
export type Ranked = {readonly candidate: Candidate; readonly consequences: readonly Candidate[]};

const threshold = 0.25;
const high = 0.8;
const medium = 0.5;

export function confidenceOf(certainty: number): 'high' | 'medium' | 'low' {
	return certainty >= high ? 'high' : certainty >= medium ? 'medium' : 'low';
}

/**
 * The order of diagnosis. What a service survived and what a probe disproves is dropped; what follows from an earlier layer is put
 * under its cause; explanations of the same line stand in order of certainty, independent faults in order of their layer.
 */
export function rank(all: readonly Candidate[], view: View): Ranked[] {
	const candidates = mergeServices(all, view)
		.filter(candidate => candidate.certainty >= threshold)
		.filter(candidate => !isSurvived(candidate, view) && !isDisproved(candidate, view) && !isHarmless(candidate, view))
		.filter((candidate, _index, left) => !left.some(other => isLookAlike(candidate, other)));
	const roots: Candidate[] = [];
	const under = new Map<Candidate, Candidate[]>();
	for (const candidate of candidates) {
		const reason = findReason(candidate, candidates, view);
		if (reason) under.set(reason, [...(under.get(reason) ?? []), candidate]);
		else roots.push(candidate);
	}

	return prune(sortRoots(roots)).map(candidate => ({candidate, consequences: collect(candidate, under)}));
}

/**
 * One finding a cause: the service that shows it best speaks, the others add their lines. Of two that show it alike it is the server where the fault
 * is its own, else not: there it only answered.
 */
function mergeServices(all: readonly Candidate[], view: View): Candidate[] {
	const byCause = groupByLabel(all);
	const isServer = (candidate: Candidate) => view.databases.some(one => one.service === candidate.service);
	return [...byCause.values()].flatMap(group => {
		const [best, ...others] = group.toSorted(
			(a, b) =>
				b.certainty - a.certainty ||
				(Number(isServer(a)) - Number(isServer(b))) * (a.cause.layer === 'database' ? -1 : 1),
		);
		if (!best) return [];
		return {
			...best,
			captures: Object.assign({}, ...others.map(other => other.captures).toReversed(), best.captures),
			matches: [...best.matches, ...others.flatMap(other => other.matches)],
			signs: [...best.signs, ...others.flatMap(other => other.signs)],
		};
	});
}

function groupByLabel(all: readonly Candidate[]): Map<string, Candidate[]> {
	const groups = new Map<string, Candidate[]>();
	for (const candidate of all) {
		const {label} = candidate.cause;
		groups.set(label, [...(groups.get(label) ?? []), candidate]);
	}

	return groups;
}

const success =
	/\b(?:listening|ready|started|connected|connection (?:established|succe\w+|ok)|(?:server|application) (?:is )?(?:running|up)|migrations? (?:complete\w*|applied|done|finished)|accepting connections|serving|booted)\b/i;
const notSuccess =
	/not (?:yet )?(?:ready|connected|started|listening|accepting)|waiting|retry|failed|error|unable|starting/i;

/** Trouble at the start that the service itself got over: it runs, and said so afterwards. */
function isSurvived(candidate: Candidate, view: View): boolean {
	if (!candidate.cause.transient || candidate.matches.length === 0) return false;
	return candidate.matches.every(match => {
		const {service} = match.source;
		if (match.source.kind !== 'log' || !service || !isUp(service)) return false;
		if (findProbe(view, service.service, 'tcp')?.ok === false) return false;
		if (service.health === 'healthy') return true;
		return match.source.lines
			.slice(match.lastLine + 1)
			.some(line => success.test(line.text) && !notSuccess.test(line.text));
	});
}

/** What a probe that went through says about the causes before its step. */
const steps: readonly {readonly step: string; readonly rules: readonly string[]}[] = [
	{step: 'dns', rules: ['db-host-unresolvable']},
	{step: 'tcp', rules: ['db-host-unresolvable', 'db-network-mismatch', 'db-port-wrong', 'db-host-localhost']},
	{step: 'tls', rules: ['db-ssl-unsupported', 'db-ssl-untrusted-cert']},
	{
		step: 'auth',
		rules: [
			'db-auth-failed',
			'db-auth-stale-volume',
			'db-password-missing',
			'db-role-missing',
			'db-hba-rejected',
			'db-ssl-required',
			'db-init-incomplete',
		],
	},
	{step: 'database', rules: ['db-name-missing']},
	{step: 'permission', rules: ['db-privilege-missing']},
];

const connectionStep = (probe: Probe) => !probe.step.startsWith('http');

function isDisproved(candidate: Candidate, view: View): boolean {
	if (candidate.matches.some(match => match.source.kind === 'probe')) return false;
	// What the database answers says nothing of a cache.
	if (view.services.some(({service, role}) => service === candidate.captures['host'] && role === 'cache')) return false;
	return steps.some(({step, rules}) => {
		if (!rules.includes(candidate.cause.label)) return false;
		const probes = view.evidence.probes.filter(
			probe => connectionStep(probe) && (candidate.service === null || probe.service === candidate.service),
		);
		if (candidate.cause.label === 'db-ssl-required' && probes.some(probe => probe.tlsUnasked === true)) return false;
		return probes.length > 0 && probes.every(probe => passed(probe, step));
	});
}

/** Shown by something beyond the log, and beyond doubt. */
const isProven = ({certainty, signs}: Candidate) => certainty >= 0.9 && signs.some(sign => sign.certainty >= medium);

/** Another reading of the very lines that a proven cause explains, with nothing to speak for it alone. */
function isLookAlike(candidate: Candidate, other: Candidate): boolean {
	if (candidate === other || candidate.cause.advisory || other.cause.advisory) return false;
	if (!isProven(other) || candidate.signs.length > 0 || candidate.certainty > other.certainty) return false;
	if (layers[candidate.cause.layer] > layers[other.cause.layer] && candidate.cause.layer !== 'login') return false;
	return candidate.matches.every(match =>
		other.matches.some(
			one => one.source === match.source && one.firstLine <= match.lastLine && match.firstLine <= one.lastLine,
		),
	);
}

/**
 * Complaints in the server's log while every application runs: scanners, tools, a first start that is over. They count as long as
 * no application is known to be healthy and they go on.
 */
function isHarmless(candidate: Candidate, view: View): boolean {
	const {cause, matches} = candidate;
	if (isStray(candidate, view) || isFromBefore(candidate, view)) return true;
	if (cause.advisory || !['network', 'login', 'migration'].includes(cause.layer) || matches.length === 0) return false;
	const applications = view.services.filter(service => ['app', 'worker'].includes(service.role ?? ''));
	if (applications.length === 0 || !applications.every(isUp)) return false;
	const healthy = applications.every(service => service.health === 'healthy');
	return matches.every(match => {
		return match.source.service?.role === 'database' && (healthy || isOver(match, view));
	});
}

/** A wrong name once or twice while the stack runs: somebody's hand, not a probe. */
function isStray({cause, matches}: Candidate, view: View): boolean {
	if (cause.label !== 'healthcheck-noise' && cause.label !== 'db-role-missing') return false;
	const runs = view.services.length > 1 && !view.services.some(isBroken);
	return (
		runs &&
		matches.length > 0 &&
		matches.length < 3 &&
		matches.every(match => match.source.service?.role === 'database')
	);
}

/** Lines of the server from before what is broken now was started (or, when nothing is, what runs): they speak about an earlier failure. */
function isFromBefore({cause, matches, signs}: Candidate, view: View): boolean {
	if (signs.length > 0 || matches.length === 0 || !['network', 'login', 'migration'].includes(cause.layer))
		return false;
	const clients = view.services.filter(service => service.role !== 'database' && !isDone(service));
	const broken = clients.filter(isBroken);
	const starts = (broken.length > 0 ? broken : clients)
		.map(service => Date.parse(service.startedAt ?? ''))
		.filter(time => !Number.isNaN(time));
	if (starts.length === 0) return false;
	const earliest = Math.min(...starts);
	return matches.every(match => {
		const time = match.source.lines[match.firstLine]?.time;
		return match.source.service?.role === 'database' && match.source.kind === 'log' && time != null && time < earliest;
	});
}

const quietMs = 120_000;

/** The line is older than two minutes, and nothing like it came since. */
function isOver({source, firstLine}: Match, view: View): boolean {
	const collected = Date.parse(view.evidence.collectedAt ?? '');
	const time = source.lines[firstLine]?.time;
	return time != null && collected - time > quietMs;
}

function findReason(candidate: Candidate, all: readonly Candidate[], view: View): Candidate | undefined {
	return all
		.filter(other => other !== candidate && follows(candidate, other, view) && !follows(other, candidate, view))
		.toSorted((a, b) => layers[a.cause.layer] - layers[b.cause.layer] || b.certainty - a.certainty)[0];
}

/** Does one fault follow from the other? By the causes' own word, or because nothing later can work before its layer does. */
function follows(later: Candidate, earlier: Candidate, view: View): boolean {
	if (earlier.cause.advisory || later.cause.advisory) return false;
	if (earlier.certainty < 0.6 || earlier.certainty < later.certainty - 0.35) return false;
	const from = earlier.cause;
	const to = later.cause;
	if (from.explains?.includes(to.label)) return true;
	if (earlier.certainty < high) return false;
	if (from.layer === 'database' && to.layer === 'network') return true;
	if (to.label === 'healthcheck-broken' && later.certainty < 0.7) return layers[from.layer] < layers.app;
	if (to.label === 'migration-failed' && later.certainty <= medium)
		return layers[from.layer] <= layers.migration || from.layer === 'app';
	if (to.label !== 'migration-not-applied') return false;
	return layers[from.layer] <= layers.database || stopsMigration(earlier, view);
}

/** The migrate service shows it, or nothing reaches the database at all. */
function stopsMigration(candidate: Candidate, view: View): boolean {
	if (layers[candidate.cause.layer] >= layers.migration) return false;
	return view.services.some(service => service.role === 'migrate' && service.service === candidate.service);
}

function collect(candidate: Candidate, under: ReadonlyMap<Candidate, readonly Candidate[]>): Candidate[] {
	return (under.get(candidate) ?? []).flatMap(other => [other, ...collect(other, under)]);
}

/** The best explanation of each symptom first, by layer; then the other explanations, by certainty. */
function sortRoots(roots: readonly Candidate[]): Candidate[] {
	const byCertainty = roots.toSorted((a, b) => b.certainty - a.certainty);
	const best: Candidate[] = [];
	const others: Candidate[] = [];
	for (const candidate of byCertainty) {
		(best.some(other => sharesLine(candidate, other)) ? others : best).push(candidate);
	}

	best.sort(
		(a, b) =>
			advice(a.cause) - advice(b.cause) ||
			bucket(b) - bucket(a) ||
			layers[a.cause.layer] - layers[b.cause.layer] ||
			b.certainty - a.certainty,
	);
	return [...best, ...others];
}

const advice = (cause: Cause) => (cause.advisory ? 1 : 0);
const bucket = ({certainty}: Candidate) => (certainty >= high ? 2 : certainty >= medium ? 1 : 0);

function sharesLine(a: Candidate, b: Candidate): boolean {
	return a.matches.some(one =>
		b.matches.some(
			other => one.source === other.source && one.firstLine <= other.lastLine && other.firstLine <= one.lastLine,
		),
	);
}

/** Long shots are worth showing only while nothing is sure. */
function prune(sorted: readonly Candidate[]): Candidate[] {
	const sure = sorted.some(candidate => candidate.certainty >= 0.9 && !candidate.cause.advisory);
	const most = sorted[0] && isProven(sorted[0]) ? 1 : sure ? 3 : 4;
	return sorted.filter((candidate, index) => candidate.certainty >= medium || index < most);
}
