import {spawn} from 'node:child_process';
import {access, chmod, copyFile, mkdir, open, readFile, realpath, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {findInstallObstacle, installPackages, isPackageKnown, unpackForeignPackage} from './apt.js';
import {attempt, commandExists, type Report, run} from './run.js';
import {isAlive, LabUnavailable, labPath, prepareLabPath, readLivePid} from './state.js';

/** Debian's suite whose docker-compose package the lab installs where Compose v2 is missing: 2.26 in trixie. */
const composeSuite = process.env['LIFEBOAT_LAB_COMPOSE_SUITE'] ?? 'trixie';

/** A daemon gives each of its containers ten seconds to end, and a busy machine takes its time for all of that. */
const startTimeoutMs = 180_000;
const stopTimeoutMs = 180_000;

/** The version of the engine that the `docker` command reaches, or undefined. */
export async function findEngineVersion(): Promise<string | undefined> {
	const {exitCode, stdout} = await attempt(['docker', 'version', '--format', '{{.Server.Version}}'], {timeout: 20_000});
	return exitCode === 0 && stdout !== '' ? stdout.trim() : undefined;
}

/** The version of `docker compose`, or undefined when the plugin is missing. */
export async function findComposeVersion(): Promise<string | undefined> {
	const {exitCode, stdout} = await attempt(['docker', 'compose', 'version', '--short'], {timeout: 20_000});
	return exitCode === 0 ? stdout.trim() : undefined;
}

/**
 * Makes sure that `docker` reaches an engine: the one that is there, else Debian's docker.io, installed and started.
 * Throws LabUnavailable with the reason when this process may not do that.
 */
export async function ensureEngine(report: Report): Promise<void> {
	if ((await findEngineVersion()) !== undefined) {
		return;
	}
	const host = process.env['DOCKER_HOST'];
	if (host !== undefined && host !== '') {
		throw new LabUnavailable(
			`The Docker engine at DOCKER_HOST=${host} does not answer. Start it, or unset DOCKER_HOST.`,
		);
	}
	const obstacle = await findInstallObstacle();
	if (obstacle !== undefined) {
		throw new LabUnavailable(
			`No Docker engine answers, and the lab may not install one: ${obstacle}. Start Docker yourself (or run the lab as root on Debian or Ubuntu) and try again.`,
		);
	}
	const packages = ['iptables', 'iproute2', 'ca-certificates'];
	if (!(await commandExists('dockerd'))) {
		packages.push('docker.io');
	}
	await installPackages(packages, report);
	if (!(await commandExists('docker')) && (await isPackageKnown('docker-cli'))) {
		await installPackages(['docker-cli'], report);
	}
	report('starting the Docker engine');
	if (await isFile('/run/systemd/system')) {
		await run(['systemctl', 'start', 'docker']);
		return;
	}
	if ((await findEngineVersion()) !== undefined) {
		return;
	}
	await startDaemon({name: 'main', socket: '/var/run/docker.sock', pidfile: '/var/run/docker.pid', flags: []});
}

/** Makes sure that `docker compose` works, by the package of another Debian release where it does not. */
export async function ensureCompose(report: Report): Promise<void> {
	if ((await findComposeVersion()) !== undefined) {
		return;
	}
	const files = await unpackForeignPackage('docker-compose', composeSuite, report);
	const candidates = ['usr/libexec/docker/cli-plugins/docker-compose', 'usr/bin/docker-compose'];
	const plugin = join(composePluginFolder(), 'docker-compose');
	await mkdir(composePluginFolder(), {recursive: true});
	for (const candidate of candidates) {
		if (await isFile(join(files, candidate))) {
			await copyFile(join(files, candidate), plugin);
			await chmod(plugin, 0o755);
			break;
		}
	}
	if ((await findComposeVersion()) === undefined) {
		throw new LabUnavailable(
			`docker compose does not work although ${plugin} was installed. Install Docker Compose v2 and try again.`,
		);
	}
}

/** Removes the Compose plugin if it is the one that the lab installed. */
export async function removeCompose(): Promise<void> {
	if (await isFile(labPath('apt', composeSuite, 'files', 'docker-compose', '.complete'))) {
		await rm(join(composePluginFolder(), 'docker-compose'), {force: true});
	}
}

export type Daemon = {
	/** Names its folder in the lab's state: log, process id, data. */
	readonly name: string;
	readonly socket: string;
	readonly pidfile?: string;
	/** A command that runs the daemon elsewhere, for example in a network namespace. */
	readonly prefix?: readonly string[];
	readonly flags: readonly string[];
};

/** Starts a dockerd that outlives this process, with log and data in the lab's state folder, and waits until it answers. */
export async function startDaemon(daemon: Daemon): Promise<void> {
	const logPath = await prepareLabPath('engines', daemon.name, 'dockerd.log');
	const pidfile = daemon.pidfile ?? daemonPidfile(daemon.name);
	const log = await open(logPath, 'a');
	const [file = '', ...args] = [
		...(daemon.prefix ?? []),
		'dockerd',
		`--host=unix://${daemon.socket}`,
		`--data-root=${labPath('engines', daemon.name, 'data')}`,
		`--exec-root=${executionRoot(daemon.name)}`,
		`--pidfile=${pidfile}`,
		...daemon.flags,
	];
	const child = spawn(file, args, {detached: true, stdio: ['ignore', log.fd, log.fd], cwd: '/'});
	child.unref();
	await log.close();
	for (let waited = 0; waited < startTimeoutMs; waited += 250) {
		const {exitCode} = await attempt(['docker', '--host', `unix://${daemon.socket}`, 'version'], {timeout: 10_000});
		if (exitCode === 0) {
			return;
		}
		if (child.exitCode !== null) {
			break;
		}
		await sleep(250);
	}
	const tail = (await readFile(logPath, 'utf8')).trimEnd().split('\n').slice(-8).join('\n');
	throw new LabUnavailable(`dockerd does not start on this machine. The end of ${logPath}:\n${tail}`);
}

/** Stops a dockerd that the lab started and waits until it is gone; one that does not go is killed, for the next could not start. Returns false when none was running. */
export async function stopDaemon(name: string, pidfile = daemonPidfile(name)): Promise<boolean> {
	const pid = await readLivePid(pidfile);
	if (pid === undefined) {
		return false;
	}
	process.kill(pid, 'SIGTERM');
	for (let waited = 0; waited < stopTimeoutMs && isAlive(pid); waited += 100) {
		await sleep(100);
	}
	if (isAlive(pid)) {
		process.kill(pid, 'SIGKILL');
		await sleep(1000);
	}
	return true;
}

/** Stops the engine if the lab started it; an engine that was there before is left alone. */
export async function stopEngine(): Promise<boolean> {
	return (await isFile(labPath('engines', 'main', 'data'))) && stopDaemon('main', '/var/run/docker.pid');
}

/** Deletes what a stopped daemon leaves: data, log and the mounts of its execution root. */
export async function removeDaemon(name: string): Promise<void> {
	const folders = [executionRoot(name), labPath('engines', name)];
	const real = await Promise.all(folders.map(folder => realpath(folder).catch(() => folder)));
	// A daemon that had to be killed leaves its data folder mounted on itself, and the file systems of containers in it.
	const mounts = (await readFile('/proc/mounts', 'utf8'))
		.split('\n')
		.map(line => line.split(' ')[1] ?? '')
		.filter(path => real.some(folder => path.startsWith(`${folder}/`)));
	for (const path of mounts.reverse()) await attempt(['umount', '--lazy', path]);
	for (const folder of folders) await rm(folder, {recursive: true, force: true});
}

function executionRoot(name: string): string {
	return `/var/run/lifeboat-lab-${name}`;
}

function daemonPidfile(name: string): string {
	return labPath('engines', name, 'dockerd.pid');
}

/** As root for every user and every HOME, else for this user. */
function composePluginFolder(): string {
	return process.getuid?.() === 0 ? '/usr/local/lib/docker/cli-plugins' : join(homedir(), '.docker', 'cli-plugins');
}

async function isFile(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}
