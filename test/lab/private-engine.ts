import {mkdir, rm} from 'node:fs/promises';
import {type Daemon, removeDaemon, startDaemon, stopDaemon} from './engine.js';
import {attempt, run, runShell} from './run.js';
import {labPath} from './state.js';

/** An engine of one test's own, which it may stop and break. */
export type PrivateEngine = {
	/** For `DOCKER_HOST` or `docker --host`. */
	readonly host: string;
	/** The path of its socket. */
	readonly socket: string;
	/** The command to run so that its `localhost` is where this engine publishes ports; the outside world is not there. */
	inside(argv: readonly string[]): readonly string[];
	/** Copies images of the shared engine into this one. */
	copyImages(tags: readonly string[]): Promise<void>;
	/** Stops the daemon; containers stop with it, data stays. */
	stop(): Promise<void>;
	start(): Promise<void>;
	restart(): Promise<void>;
	/** Stops it and deletes all it had. */
	remove(): Promise<void>;
};

/**
 * Starts a second dockerd beside the shared one, with socket, data and process id of its own, in a network namespace
 * of its own: in the machine's, a second daemon deletes the first one's `docker0` and rewrites its firewall chains
 * (seen with 20.10). Takes root, iproute2 and an installed dockerd; throws LabUnavailable where it does not start.
 */
export async function startPrivateEngine(name: string): Promise<PrivateEngine> {
	const socket = `/var/run/lifeboat-lab-${name}.sock`;
	const namespace = `lifeboat-lab-${name}`;
	const inside = (argv: readonly string[]) => ['nsenter', `--net=/var/run/netns/${namespace}`, ...argv];
	const daemon: Daemon = {name, socket, prefix: inside([]), flags: []};
	const start = () => startDaemon(daemon);
	const stop = async () => {
		await stopDaemon(name);
	};
	await mkdir(labPath('engines', name), {recursive: true});
	await attempt(['ip', 'netns', 'delete', namespace]);
	await run(['ip', 'netns', 'add', namespace]);
	await run(inside(['ip', 'link', 'set', 'lo', 'up']));
	await start();
	return {
		host: `unix://${socket}`,
		socket,
		inside,
		async copyImages(tags) {
			await runShell('docker save $TAGS | docker --host "$TARGET" load', {
				TAGS: tags.join(' '),
				TARGET: `unix://${socket}`,
			});
		},
		stop,
		start,
		async restart() {
			await stop();
			await start();
		},
		async remove() {
			await stop();
			await attempt(['ip', 'netns', 'delete', namespace]);
			await removeDaemon(name);
			await rm(socket, {force: true});
		},
	};
}
