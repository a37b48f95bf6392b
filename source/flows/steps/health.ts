import type {ContainerDetails} from '../../engine/types.js';
import {AppError, cancelled, isAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {Stack, StackService} from '../../stack/stack.js';
import {
	describeFailedChecks,
	type HealthCheck,
	type HealthReport,
	isSettled,
	judgeAnswer,
	judgeContainer,
	judgeHealthcheck,
	type Verdict,
} from './health-rules.js';

/** A service whose health counts, as the plan keeps it. */
export type WatchedService = {
	readonly name: string;
	readonly healthUrl: string | null;
	/** Status that the health URL gave before; null when it did not answer. */
	readonly usualStatus: number | null;
	/** False: it was not well before either, so it is reported and decides nothing. */
	readonly required: boolean;
};

type HealthServices = Pick<Services, 'docker' | 'http' | 'clock'>;

const requestTimeoutMs = 3000;
const pauseMs = 250;
const enginePauseMs = 1000;

/** The long-running services of the stack except the databases: what is watched after a change. */
export function servicesToWatch(stack: Stack): readonly StackService[] {
	return stack.services.filter(
		service => !service.oneShot && service.role !== 'database' && service.role !== 'migrate',
	);
}

/** Asks every running service once, so that afterwards only those that worked before are required to work. Only reads. */
export async function takeHealthBaseline(
	stack: Stack,
	services: HealthServices,
	signal: AbortSignal,
): Promise<readonly WatchedService[]> {
	const running = servicesToWatch(stack).filter(service => service.state !== 'absent');
	return Promise.all(
		running.map(async service => {
			const answer =
				service.healthUrl === null
					? undefined
					: await services.http.get(service.healthUrl, {timeoutMs: requestTimeoutMs, signal});
			const usualStatus = answer?.status ?? null;
			const urlIsWell =
				answer === undefined ||
				(answer.status !== null && answer.status < 500 && judgeAnswer(answer, answer.status).state === 'ok');
			const required = service.state === 'running' && service.health !== 'unhealthy' && urlIsWell;
			return {name: service.name, healthUrl: service.healthUrl, usualStatus, required};
		}),
	);
}

/** What must work once a stack that was down has been started: everything that is to keep running. */
export function watchAll(stack: Stack): readonly WatchedService[] {
	return servicesToWatch(stack).map(({name, healthUrl}) => ({name, healthUrl, usualStatus: null, required: true}));
}

export type HealthOptions = {
	readonly project: string;
	readonly watch: readonly WatchedService[];
	/** Milliseconds until what is not healthy counts as failed. */
	readonly timeoutMs: number;
	readonly signal: AbortSignal;
	readonly step?: string | undefined;
	readonly title?: string | undefined;
};

/**
 * Waits until every required service works: its container runs and stays up, its health check does not complain, its health URL answers and
 * does not say otherwise. A URL that answers counts before the engine's own check, which may only come half a minute later.
 * An unhealthy stack is a result (`ok: false`), not an error. Throws cancelled and the engine's errors.
 */
export async function* waitForHealth(services: HealthServices, options: HealthOptions): Operation<HealthReport> {
	const {watch, signal, step = 'health', title = 'Wait until the application is healthy'} = options;
	yield {type: 'step-started', step, title, canCancel: true};
	const restarts = new Map<string, number>();
	const deadline = services.clock.now() + options.timeoutMs;
	for (;;) {
		const looked = await lookAtAll(services, options, restarts).catch(error => {
			// An engine that is being restarted brings the containers back with it.
			if (!isAppError(error, 'engine-unreachable') || services.clock.now() >= deadline) throw error;
		});
		if (looked === undefined) {
			yield {type: 'step-progress', step, done: 0, unit: 'items', current: 'the Docker engine does not answer'};
			await services.clock.sleep(enginePauseMs, signal);
			continue;
		}

		const required = looked.filter(service => service.required);
		const waiting = required.filter(service => service.state !== 'ok');
		const isOver =
			waiting.length === 0 || waiting.some(service => service.state === 'failed') || services.clock.now() >= deadline;
		yield {
			type: 'step-progress',
			step,
			done: required.length - waiting.length,
			total: required.length,
			unit: 'items',
			current: waiting[0] === undefined ? undefined : `${waiting[0].name}: ${waiting[0].text}`,
		};
		if (isOver) {
			const report = {ok: waiting.length === 0, checks: looked.flatMap(service => service.checks)};
			yield {type: 'step-finished', step, note: describeReport(report, watch.length)};
			return report;
		}

		await services.clock.sleep(pauseMs, signal);
		if (signal.aborted) throw cancelled();
	}
}

/**
 * Waits as `waitForHealth` does where anything but health is a failure. Throws AppError health-failed.
 * @param subject what does not become healthy then: `The new version`.
 */
export async function* requireHealth(
	services: HealthServices,
	subject: string,
	options: HealthOptions,
): Operation<HealthReport> {
	const health = yield* waitForHealth(services, options);
	if (health.ok) return health;
	throw new AppError(
		'health-failed',
		`${subject} does not become healthy: ${describeFailedChecks(health).join('; ')}`,
		{
			hint: `If it only needs longer than ${Math.round(options.timeoutMs / 1000)} s, say so with --health-timeout`,
		},
	);
}

type Looked = {
	readonly name: string;
	readonly required: boolean;
	readonly state: Verdict['state'];
	readonly text: string;
	readonly checks: readonly HealthCheck[];
};

async function lookAtAll(
	services: HealthServices,
	options: HealthOptions,
	restarts: Map<string, number>,
): Promise<readonly Looked[]> {
	const containers = await services.docker.listContainers({project: options.project, all: true}, options.signal);
	return Promise.all(
		options.watch.map(async service => {
			const ids = containers
				.filter(
					container =>
						container.labels['com.docker.compose.service'] === service.name &&
						container.labels['com.docker.compose.oneoff'] !== 'True',
				)
				.map(container => container.id);
			const details = await Promise.all(ids.map(id => services.docker.inspectContainer(id, options.signal)));
			return lookAt(service, details, services, options, restarts);
		}),
	);
}

async function lookAt(
	service: WatchedService,
	details: readonly (ContainerDetails | undefined)[],
	services: HealthServices,
	options: HealthOptions,
	restarts: Map<string, number>,
): Promise<Looked> {
	const now = services.clock.now();
	const checks: (HealthCheck & {readonly state: Verdict['state']})[] = [];
	const add = (kind: HealthCheck['kind'], target: string, verdict: Verdict) =>
		checks.push({
			service: service.name,
			kind,
			target,
			ok: verdict.state === 'ok',
			text: verdict.text,
			state: verdict.state,
		});
	if (service.healthUrl !== null) {
		const answer = await services.http.get(service.healthUrl, {timeoutMs: requestTimeoutMs, signal: options.signal});
		add('url', service.healthUrl, judgeAnswer(answer, service.usualStatus ?? undefined));
	}

	const urlAnswers = checks.some(check => check.ok);
	for (const container of details.length === 0 ? [undefined] : details) {
		const name = container?.name ?? service.name;
		if (container !== undefined && !restarts.has(container.id)) restarts.set(container.id, container.restartCount);
		const running = judgeContainer(container, restarts.get(container?.id ?? '') ?? 0, now);
		add('container', name, running);
		if (container === undefined || running.state !== 'ok') continue;
		const own = judgeHealthcheck(container);
		if (own !== undefined) {
			const early = urlAnswers && container.state.health?.status === 'starting';
			add('healthcheck', name, early ? {state: 'ok', text: 'starting; its health URL answers'} : own);
		} else if (!urlAnswers && !isSettled(container, now)) {
			checks.pop();
			add('container', name, {state: 'waiting', text: 'just started'});
		}
	}

	const worst = checks.find(check => check.state === 'failed') ?? checks.find(check => check.state === 'waiting');
	return {
		name: service.name,
		required: service.required,
		state: worst?.state ?? 'ok',
		text: worst?.text ?? 'healthy',
		checks: checks.map(({state: _state, ...check}) => check),
	};
}

function describeReport(report: HealthReport, watched: number): string {
	if (report.ok) return watched === 0 ? 'nothing to ask' : 'healthy';
	const failed = report.checks.find(check => !check.ok);
	return failed === undefined ? 'not healthy' : `${failed.service}: ${failed.text}`;
}
