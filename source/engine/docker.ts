import {Agent} from 'node:http';
import {Readable} from 'node:stream';
import Dockerode from 'dockerode';
import {AppError, cancelled} from '../errors.js';
import {openDialSocket} from './docker-dial.js';
import {type DockerAddress, resolveDockerAddress} from './docker-host.js';
import {
	parseContainer,
	parseContainerList,
	parseEvent,
	parseImage,
	parseInfo,
	parseTop,
	parseVolumes,
} from './docker-parse.js';
import {demultiplex, parseLogLine} from './docker-stream.js';
import {splitLines} from './lines.js';
import type {Docker, Processes} from './types.js';

/** Reads from the engine that the `docker` command would use. Connects at the first call. */
export function createDocker(environment: Readonly<Record<string, string | undefined>>, processes: Processes): Docker {
	const address = resolveDockerAddress(environment);
	let client: Dockerode | undefined;
	const connect = () => {
		client ??= openClient(address, processes);
		return client;
	};

	/** Runs one call; translates what the socket and the engine answer. 404 becomes undefined. */
	const ask = async <Answer>(
		signal: AbortSignal | undefined,
		call: (docker: Dockerode) => Promise<Answer>,
	): Promise<Answer | undefined> => {
		if (signal?.aborted) throw cancelled('Cancelled');
		try {
			return await call(connect());
		} catch (error) {
			if (signal?.aborted) throw cancelled('Cancelled');
			if (statusOf(error) === 404) return undefined;
			throw translateEngineError(error, address);
		}
	};

	const must = async <Answer>(
		signal: AbortSignal | undefined,
		call: (docker: Dockerode) => Promise<Answer>,
	): Promise<Answer> => {
		const answer = await ask(signal, call);
		if (answer === undefined)
			throw new AppError('tool-failed', 'The Docker engine does not know this call', {
				hint: 'Update the Docker engine to 20.10 or newer',
			});
		return answer;
	};

	return {
		async info(signal) {
			const [info, version] = await Promise.all([
				must(signal, docker => (docker as unknown as Untyped).info(aborting(signal))),
				must(signal, docker => (docker as unknown as Untyped).version(aborting(signal))),
			]);
			return parseInfo(info, version, address.host);
		},

		async listContainers(filter = {}, signal) {
			const label = [
				...(filter.project === undefined ? [] : [`com.docker.compose.project=${filter.project}`]),
				...(filter.label === undefined ? [] : [filter.label]),
			];
			const filters = label.length === 0 ? {} : {label};
			return parseContainerList(
				await must(signal, docker =>
					docker.listContainers({all: filter.all ?? true, filters: JSON.stringify(filters), ...aborting(signal)}),
				),
			);
		},

		async inspectContainer(id, signal) {
			const answer = await ask(signal, docker => docker.getContainer(id).inspect(aborting(signal)));
			return answer === undefined ? undefined : parseContainer(answer);
		},

		async inspectImage(reference, signal) {
			const answer = await ask(signal, docker => docker.getImage(reference).inspect(aborting(signal) as object));
			return answer === undefined ? undefined : parseImage(answer);
		},

		async findRemoteDigest(reference, signal) {
			try {
				const answer = (await connect().getImage(reference).distribution(aborting(signal))) as {
					Descriptor?: {digest?: string};
				};
				return answer.Descriptor?.digest;
			} catch {
				if (signal?.aborted) throw cancelled('Cancelled');
				return undefined;
			}
		},

		async listVolumes(filter = {}, signal) {
			const filters = filter.project === undefined ? {} : {label: [`com.docker.compose.project=${filter.project}`]};
			return parseVolumes(
				await must(signal, docker => docker.listVolumes({filters: JSON.stringify(filters), ...aborting(signal)})),
			);
		},

		async *logs(id, options, signal) {
			const details = await ask(signal, docker => docker.getContainer(id).inspect(aborting(signal)));
			if (details === undefined) return;
			const request = {
				stdout: true,
				stderr: true,
				timestamps: true,
				...(options.tail === undefined ? {} : {tail: options.tail}),
				...(options.since === undefined ? {} : {since: options.since / 1000}),
				...aborting(signal),
			};
			const container = (docker: Dockerode) => docker.getContainer(id);
			const answer = options.follow
				? await ask(signal, docker => container(docker).logs({...request, follow: true}))
				: await ask(signal, async docker =>
						Readable.from([await container(docker).logs({...request, tail: options.tail ?? mostLines, follow: false})]),
					);
			if (answer === undefined) return;
			try {
				if (details.Config.Tty) {
					for await (const line of splitLines(answer as Readable)) yield parseLogLine('stdout', line);
				} else {
					for await (const {stream, line} of demultiplex(answer as Readable)) yield parseLogLine(stream, line);
				}
			} catch (error) {
				if (signal?.aborted) return;
				throw translateEngineError(error, address);
			} finally {
				(answer as Readable).destroy();
			}
		},

		async *events(filter, signal) {
			const filters = {
				type: ['container'],
				...(filter.project === undefined ? {} : {label: [`com.docker.compose.project=${filter.project}`]}),
			};
			const stream = await must(signal, docker =>
				docker.getEvents({filters: JSON.stringify(filters), ...aborting(signal)}),
			);
			try {
				for await (const line of splitLines(stream as Readable)) {
					const event = parseEvent(line);
					if (event) yield event;
				}
			} catch (error) {
				if (!signal.aborted) throw translateEngineError(error, address);
			} finally {
				(stream as Readable).destroy();
			}
		},

		async top(id, signal) {
			const answer = await ask(signal, docker => docker.getContainer(id).top(aborting(signal)));
			return answer === undefined ? [] : parseTop(answer);
		},
	};
}

/** How many lines are read at once when nobody said; the engine then answers from memory. */
const mostLines = 50_000;

/** dockerode takes options here that its types lack. */
type Untyped = {info(options: object): Promise<unknown>; version(options: object): Promise<unknown>};

function aborting(signal: AbortSignal | undefined): {abortSignal?: AbortSignal} {
	return signal === undefined ? {} : {abortSignal: signal};
}

function openClient(address: DockerAddress, processes: Processes): Dockerode {
	if (address.host.startsWith('unix://')) return new Dockerode({socketPath: address.host.slice('unix://'.length)});
	if (address.host.startsWith('npipe://'))
		return new Dockerode({socketPath: address.host.slice('npipe://'.length).replaceAll('/', '\\')});
	if (address.host.startsWith('ssh://')) {
		// `docker system dial-stdio` speaks SSH as the docker command does: the user's agent, config and known hosts.
		const agent = new Agent({keepAlive: false});
		agent.createConnection = () => openDialSocket(processes);
		return new Dockerode({protocol: 'http', host: 'docker', port: 80, agent} as Dockerode.DockerOptions);
	}

	const url = new URL(address.host.replace(/^tcp:/, 'http:'));
	const tls = address.tls;
	return new Dockerode({
		host: url.hostname,
		port: Number(url.port || (tls ? 2376 : 2375)),
		protocol: tls ? 'https' : 'http',
		...(tls
			? {ca: tls.ca, cert: tls.cert, key: tls.key, checkServerIdentity: tls.verify ? undefined : () => undefined}
			: {}),
	} as Dockerode.DockerOptions);
}

function statusOf(error: unknown): number | undefined {
	return error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number'
		? error.statusCode
		: undefined;
}

/** Raw text of the socket and the engine to one sentence for people. */
export function translateEngineError(error: unknown, address: DockerAddress): AppError {
	if (error instanceof AppError) return error;
	const code = (error as NodeJS.ErrnoException)?.code ?? '';
	const message = error instanceof Error ? error.message : String(error);
	const where =
		address.origin === 'DOCKER_HOST'
			? `${address.host} (DOCKER_HOST)`
			: address.origin === 'context'
				? `${address.host} (context ${address.context})`
				: address.host;
	if (code === 'EACCES' || /permission denied/i.test(message)) {
		return new AppError('engine-permission-denied', `The Docker engine refuses this user: no permission on ${where}`, {
			hint: 'Add your user to the group docker and sign in again, or run the command with sudo',
			fix: ['sudo', 'usermod', '-aG', 'docker', process.env['USER'] || 'YOUR-USER'],
			cause: error,
		});
	}

	if (
		[
			'ENOENT',
			'ECONNREFUSED',
			'ENOTFOUND',
			'EAI_AGAIN',
			'ETIMEDOUT',
			'EHOSTUNREACH',
			'ECONNRESET',
			'EPIPE',
			'ENOTSOCK',
		].includes(code) ||
		/socket hang up|dial/i.test(message)
	) {
		return new AppError('engine-unreachable', `The Docker engine does not answer at ${where}`, {
			hint:
				address.origin === 'default'
					? 'Start Docker, then try again'
					: 'Start the engine there, or choose another one with DOCKER_HOST or `docker context use`',
			fix: address.origin === 'default' ? ['sudo', 'systemctl', 'start', 'docker'] : ['docker', 'context', 'ls'],
			details: [message],
			cause: error,
		});
	}

	return new AppError('tool-failed', `The Docker engine answers: ${message}`, {cause: error});
}
