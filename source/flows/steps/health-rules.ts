import type {ContainerDetails, HttpAnswer} from '../../engine/types.js';

/** One thing that was looked at to know whether a service works. */
export type HealthCheck = {
	readonly service: string;
	readonly kind: 'container' | 'healthcheck' | 'url';
	/** The URL, or the container's name. */
	readonly target: string;
	readonly ok: boolean;
	/** What was seen, for people: `healthy`, `HTTP 200`, `connection refused`. */
	readonly text: string;
};

export type HealthReport = {readonly ok: boolean; readonly checks: readonly HealthCheck[]};

/** `waiting` may still become good, `failed` will not by itself. */
export type Verdict = {readonly state: 'ok' | 'waiting' | 'failed'; readonly text: string};

/** How long a container without any health check must stay up to count as working. */
export const settleMs = 3000;
/** Restarts after which a container is in a crash loop. */
const crashLoopRestarts = 3;

/**
 * What an answer of a health URL means. A page that redirects or asks to sign in is an application that works; JSON that says otherwise is
 * believed (`{"ok":false}`, `{"status":"error"}`), also inside the envelopes of tRPC and GraphQL.
 * @param usualStatus the status that the URL had while all was well: a health URL that is guarded stays 401.
 */
export function judgeAnswer(answer: HttpAnswer, usualStatus?: number | undefined): Verdict {
	if (answer.status === null) return {state: 'waiting', text: answer.reason};
	const complaint = findComplaint(answer.body);
	const good = answer.status < 400 || answer.status === usualStatus;
	if (good && complaint === undefined) return {state: 'ok', text: `HTTP ${answer.status}`};
	return {state: 'waiting', text: `HTTP ${answer.status}${complaint === undefined ? '' : `, ${complaint}`}`};
}

const badWords = new Set([
	'error',
	'fail',
	'failed',
	'failing',
	'down',
	'unhealthy',
	'critical',
	'disconnected',
	'unavailable',
]);
const statusKeys = new Set(['status', 'state', 'health', 'database', 'db', 'postgres']);

/** The first statement of ill health in a JSON body, for example `ok is false`; undefined when there is none or the body is no JSON. */
export function findComplaint(body: string): string | undefined {
	const text = body.trimStart();
	if (!text.startsWith('{') && !text.startsWith('[')) return undefined;
	try {
		return searchComplaint(JSON.parse(text), 0);
	} catch {
		return undefined;
	}
}

function searchComplaint(value: unknown, depth: number): string | undefined {
	if (typeof value !== 'object' || value === null || depth > 4) return undefined;
	for (const [key, inner] of Object.entries(value)) {
		if ((key === 'ok' || key === 'healthy' || key === 'success') && inner === false) return `${key} is false`;
		if (statusKeys.has(key.toLowerCase()) && typeof inner === 'string' && badWords.has(inner.toLowerCase()))
			return `${key} is ${inner}`;
		const found = searchComplaint(inner, depth + 1);
		if (found !== undefined) return found;
	}

	return undefined;
}

/**
 * What the engine says about a container that should keep running.
 * @param restartsBefore its restart count when the wait began.
 * @param now milliseconds since the epoch on the engine's clock, near enough.
 */
export function judgeContainer(details: ContainerDetails | undefined, restartsBefore: number, now: number): Verdict {
	if (details === undefined) return {state: 'waiting', text: 'no container'};
	const {state} = details;
	const restarts = details.restartCount - restartsBefore;
	if (restarts >= crashLoopRestarts)
		return {state: 'failed', text: `restarted ${restarts} times, last exit code ${state.exitCode}`};
	if (state.status === 'exited' || state.status === 'dead') {
		const reason = state.oomKilled ? 'out of memory' : state.error || `exit code ${state.exitCode}`;
		const willRestart = details.restartPolicy === 'always' || details.restartPolicy === 'unless-stopped';
		return {state: willRestart ? 'waiting' : 'failed', text: `${state.status} (${reason})`};
	}

	if (!state.running || state.status !== 'running') return {state: 'waiting', text: state.status};
	if (restarts > 0 && !isSettled(details, now)) return {state: 'waiting', text: 'running again after a crash'};
	return {state: 'ok', text: 'running'};
}

/** What the container's own health check says; undefined when it has none. */
export function judgeHealthcheck(details: ContainerDetails): Verdict | undefined {
	const {health} = details.state;
	if (health === null || health.status === 'none') return undefined;
	if (health.status === 'healthy') return {state: 'ok', text: 'healthy'};
	const last = health.log.at(-1)?.output.trim().split('\n').at(-1);
	return {state: 'waiting', text: last === undefined || last === '' ? health.status : `${health.status}: ${last}`};
}

/** Whether a container has been up long enough to be believed without a health check. */
export function isSettled(details: ContainerDetails, now: number): boolean {
	const startedAt = details.state.startedAt === null ? Number.NaN : Date.parse(details.state.startedAt);
	return Number.isNaN(startedAt) || now - startedAt >= settleMs;
}

/** What is not healthy, one line each, for the details of an error. */
export function describeFailedChecks(report: HealthReport): readonly string[] {
	return report.checks.filter(check => !check.ok).map(check => `${check.service} (${check.target}): ${check.text}`);
}
