import type {ContainerSummary, Docker, Processes} from '../engine/types.js';
import {noRawFiles} from './raw-files.js';
import {inspectProject, modelFromContainers, type Runtime} from './runtime.js';
import {askServer, type ServerAnswer} from './server-questions.js';
import type {Stack} from './stack.js';
import {gatherFacts} from './stack-facts.js';

export type ServerAnswers = ReadonlyMap<string, ServerAnswer | {readonly reason: string}>;

/** Inspects and asks each container once, however early or often it is asked for. */
export type ServerDesk = {
	/** Inspects these containers and asks those that look like servers, before anything is known of the files. */
	begin(containers: readonly ContainerSummary[]): Promise<void>;
	inspect(containers: readonly ContainerSummary[]): Promise<Runtime>;
	/** Answers of all running servers of the stack, by service. */
	ask(stack: Stack, runtime: Runtime): Promise<ServerAnswers>;
};

export function createServerDesk(
	tools: {readonly docker: Pick<Docker, 'inspectContainer'>; readonly processes: Pick<Processes, 'run'>},
	signal: AbortSignal | undefined,
): ServerDesk {
	const inspections = new Map<string, ReturnType<Docker['inspectContainer']>>();
	const answers = new Map<string, ReturnType<typeof askServer>>();
	const docker: Pick<Docker, 'inspectContainer'> = {
		inspectContainer(id) {
			const inspection = inspections.get(id) ?? tools.docker.inspectContainer(id, signal);
			inspections.set(id, inspection);
			return inspection;
		},
	};
	const askOnce = (
		id: string,
		hints: {readonly user: string | undefined; readonly database: string | undefined},
		runtime: Runtime,
	) => {
		const answer = answers.get(id) ?? askServer({id}, hints, runtime, tools.processes, signal);
		// A rejection (cancellation) is for who awaits it later; until then it must not count as unhandled.
		answer.catch(() => {});
		answers.set(id, answer);
		return answer;
	};

	return {
		async begin(containers) {
			const runtime = await inspectProject(containers, docker, signal);
			const model = modelFromContainers('', runtime);
			const {facts} = gatherFacts({
				model,
				raw: noRawFiles(),
				directory: '/',
				dockerfiles: new Map(),
				secretValues: new Map(),
			});
			for (const service of facts.servers) {
				const container = runtime.get(service)?.find(({state}) => state.running);
				// Containers that name no user of their own are asked later, when the connection strings of others are known.
				const user = container?.environment['POSTGRES_USER'] ?? container?.environment['POSTGRESQL_USERNAME'];
				if (container !== undefined) void askOnce(container.id, {user, database: undefined}, runtime);
			}
		},

		inspect: containers => inspectProject(containers, docker, signal),

		async ask(stack, runtime) {
			const asked = await Promise.all(
				stack.databases.map(async ({service, containerId, state, user, database}) => {
					if (containerId === null || (state !== 'running' && state !== 'restarting')) return [];
					return [[service, await askOnce(containerId, {user, database}, runtime)] as const];
				}),
			);
			return new Map(asked.flat());
		},
	};
}
