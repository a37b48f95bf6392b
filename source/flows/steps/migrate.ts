import type {ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {streamOutput} from './stream-output.js';
import {type NetworkWatch, watchNetworks} from './watch-networks.js';

/** Names of the one-shot services that change the schema, in the order in which they depend on each other. */
export function findMigrateServices(stack: Stack): readonly string[] {
	const found = stack.services.filter(service => service.role === 'migrate');
	const names = new Set(found.map(service => service.name));
	const ordered: string[] = [];
	const visit = (name: string, path: readonly string[]) => {
		if (ordered.includes(name) || path.includes(name)) return;
		const service = found.find(candidate => candidate.name === name);
		for (const before of service?.dependsOn ?? []) if (names.has(before)) visit(before, [...path, name]);
		ordered.push(name);
	};
	for (const service of found) visit(service.name, []);
	return ordered;
}

export type MigrateOptions = {
	readonly stack: Pick<Stack, 'project' | 'databases'>;
	readonly target: ComposeTarget;
	/** Services, in order. */
	readonly names: readonly string[];
	readonly signal: AbortSignal;
	/** Variables that the services get beyond their own, for example the direction; no secrets: they are seen in the list of processes. */
	readonly environment?: Readonly<Record<string, string>> | undefined;
	readonly step?: string | undefined;
	/** Milliseconds for each service; default 30 minutes. */
	readonly timeoutMs?: number | undefined;
};

const defaultTimeoutMs = 30 * 60_000;

/**
 * Runs each one-shot service to its end in a new container that goes away, with its output as log events.
 * Throws AppError operation-failed with the last lines when one ends with another code than 0, database-unreachable when a server is cut off, or cancelled.
 */
export async function* runMigrations(
	services: Pick<Services, 'compose' | 'docker'>,
	options: MigrateOptions,
): Operation<void> {
	const {names, step = 'migrate'} = options;
	if (names.length === 0) return;
	yield {type: 'step-started', step, title: 'Run the migrations', canCancel: true};
	for (const [index, name] of names.entries()) {
		yield {type: 'step-progress', step, done: index, total: names.length, unit: 'items', current: name};
		yield* runOneShot(services, name, options);
	}

	yield {type: 'step-finished', step, note: names.join(', ')};
}

async function* runOneShot(
	services: Pick<Services, 'compose' | 'docker'>,
	name: string,
	options: MigrateOptions,
): Operation<void> {
	const variables = Object.entries(options.environment ?? {}).flatMap(([key, value]) => ['-e', `${key}=${value}`]);
	const args = ['run', '--rm', '--no-deps', '-T', ...variables, name];
	const watch = watchNetworks(services, options.stack, options.signal);
	const running = services.compose.start(options.target, args, {
		signal: watch.signal,
		timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
	});
	const {exitCode, tail} = yield* untilCutOff(streamOutput(running, name), watch);
	if (exitCode === 0) return;
	throw new AppError(
		'operation-failed',
		`The service ${name} ends with exit code ${exitCode}: the migrations did not run`,
		{
			hint: 'Read its last lines; often the code in the image is older than the data, or a variable is missing',
			fix: ['docker', ...services.compose.argv(options.target, args)],
			details: tail,
		},
	);
}

async function* untilCutOff<Result>(work: Operation<Result>, watch: NetworkWatch): Operation<Result> {
	try {
		return yield* work;
	} catch (error) {
		throw watch.reason() ?? error;
	} finally {
		watch.stop();
	}
}
