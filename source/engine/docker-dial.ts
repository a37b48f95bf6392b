import {Duplex} from 'node:stream';
import type {Processes} from './types.js';

/** A connection to the engine through `docker system dial-stdio`, dressed as the socket that node:http expects. */
export function openDialSocket(processes: Processes): Duplex {
	const dial = processes.start('docker', ['system', 'dial-stdio']);
	const socket = Duplex.from({readable: dial.stdout, writable: dial.stdin});
	const drainErrors = async () => {
		const lines: string[] = [];
		for await (const line of dial.stderr) lines.push(line);
		const {exitCode} = await dial.exit;
		if (exitCode !== 0 && !socket.destroyed)
			socket.destroy(new Error(`dial: ${lines.at(-1) ?? `docker system dial-stdio ended with ${exitCode}`}`));
	};
	drainErrors().catch(error => socket.destroy(error));
	socket.on('close', () => dial.kill());
	const same = () => socket;
	return Object.assign(socket, {setTimeout: same, setNoDelay: same, setKeepAlive: same, ref: same, unref: same});
}
