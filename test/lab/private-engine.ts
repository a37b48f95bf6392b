import {mkdir, rm} from 'node:fs/promises';
import {type Daemon, startDaemon, stopDaemon} from './engine.js';
import {attempt, runShell} from './run.js';
import {labPath} from './state.js';

/** An engine of one test's own, which it may stop and break. */
export type PrivateEngine = {
	/** For `DOCKER_HOST` or `docker --host`. */
	readonly host: string;
	/** The path of its socket. */
	readonly socket: string;
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
 * Starts a second dockerd beside the shared one, with socket, data, network range and process id of its own.
 * Takes root and an installed dockerd; throws LabUnavailable where it does not start.
 */
export async function startPrivateEngine(name: string): Promise<PrivateEngine> {
	const socket = `/var/run/lifeboat-lab-${name}.sock`;
	const range = `10.${64 + Buffer.from(name).reduce((sum, byte) => (sum * 31 + byte) % 128, 7)}.0.0/16`;
	const daemon: Daemon = {
		name,
		socket,
		flags: [
			...['--bridge=none', '--iptables=false', '--ip-forward=false', '--ip-masq=false'],
			`--default-address-pool=base=${range},size=24`,
		],
	};
	const start = async () => {
		await letThrough('-D', range);
		await letThrough('-I', range);
		await startDaemon(daemon);
	};
	const stop = async () => {
		await stopDaemon(name);
	};
	await mkdir(labPath('engines', name), {recursive: true});
	await start();
	return {
		host: `unix://${socket}`,
		socket,
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
			await letThrough('-D', range);
			await rm(labPath('engines', name), {recursive: true, force: true});
			await rm(socket, {force: true});
		},
	};
}

/**
 * The shared engine drops what is forwarded between bridges it does not know, and two engines must not both write the
 * firewall's chains; so this one leaves them alone and its range is let through by one rule. Without a firewall: no harm.
 */
async function letThrough(change: '-I' | '-D', range: string): Promise<void> {
	await attempt(['iptables', change, 'DOCKER-USER', '-s', range, '-d', range, '-j', 'ACCEPT']);
}
