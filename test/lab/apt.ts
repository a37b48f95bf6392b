import {access, mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {attempt, commandExists, type Report, run} from './run.js';
import {LabUnavailable, labPath, prepareLabPath} from './state.js';

export const debianMirror = process.env['LIFEBOAT_LAB_MIRROR'] ?? 'http://deb.debian.org/debian';
export const debianKeyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Undefined when this process may install Debian packages, else the reason why not. */
export async function findInstallObstacle(): Promise<string | undefined> {
	if (process.platform !== 'linux') {
		return `this is ${process.platform}, and packages can be installed on Debian or Ubuntu only`;
	}
	if (!(await commandExists('apt-get'))) {
		return 'there is no apt-get here, and packages can be installed on Debian or Ubuntu only';
	}
	return process.getuid?.() === 0 ? undefined : 'installing packages takes root';
}

/**
 * Installs those of the given Debian packages that are not yet there; services that they bring are not started by it
 * unless systemd runs the machine. Throws LabUnavailable when this process may not install packages.
 */
export async function installPackages(packages: readonly string[], report: Report): Promise<void> {
	const missing: string[] = [];
	for (const name of packages) {
		const {stdout} = await attempt(['dpkg-query', '-W', '-f=${db:Status-Status}', name]);
		if (stdout !== 'installed') {
			missing.push(name);
		}
	}
	if (missing.length === 0) {
		return;
	}
	const obstacle = await findInstallObstacle();
	if (obstacle !== undefined) {
		throw new LabUnavailable(`The lab needs the packages ${missing.join(', ')}, but ${obstacle}.`);
	}
	report(`installing ${missing.join(', ')}`);
	const env = {DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1'};
	await attempt(['apt-get', 'update'], {env});
	await run(['apt-get', 'install', '-y', '--no-install-recommends', ...missing], {env});
}

/** True when apt knows a package of that name for this machine's own release. */
export async function isPackageKnown(name: string): Promise<boolean> {
	const {stdout} = await attempt(['apt-cache', 'policy', name]);
	return /Candidate: (?!\(none\))/.test(stdout);
}

/**
 * Downloads one package of another Debian suite and unpacks it, with sources, lists and cache of its own: the system's
 * sources and what is installed stay as they are. Returns the folder with the package's files.
 */
export async function unpackForeignPackage(name: string, suite: string, report: Report): Promise<string> {
	const home = labPath('apt', suite);
	const files = join(home, 'files', name);
	if (await exists(join(files, '.complete'))) {
		return files;
	}
	report(`fetching ${name} of Debian ${suite}`);
	if (!(await exists(debianKeyring))) {
		await installPackages(['debian-archive-keyring'], report);
	}
	const env = {APT_CONFIG: await writeAptConfiguration(home, suite)};
	const downloads = join(home, 'downloads', name);
	await mkdir(downloads, {recursive: true});
	await run(['apt-get', 'update'], {env});
	await run(['apt-get', 'download', name], {env, cwd: downloads});
	const archive = (await readdir(downloads)).findLast(file => file.endsWith('.deb'));
	if (archive === undefined) {
		throw new Error(`apt-get download ${name} left no package in ${downloads}.`);
	}
	await mkdir(files, {recursive: true});
	await run(['dpkg-deb', '-x', join(downloads, archive), files]);
	await writeFile(join(files, '.complete'), archive);
	return files;
}

async function writeAptConfiguration(home: string, suite: string): Promise<string> {
	for (const folder of ['lists/partial', 'cache/archives/partial']) {
		await mkdir(join(home, folder), {recursive: true});
	}
	await writeFile(join(home, 'sources.list'), `deb [signed-by=${debianKeyring}] ${debianMirror} ${suite} main\n`);
	const path = await prepareLabPath('apt', suite, 'apt.conf');
	const settings: Readonly<Record<string, string>> = {
		'Dir::Etc::SourceList': join(home, 'sources.list'),
		'Dir::Etc::SourceParts': '/dev/null',
		'Dir::Etc::PreferencesParts': '/dev/null',
		'Dir::State': home,
		'Dir::State::Lists': join(home, 'lists'),
		'Dir::Cache': join(home, 'cache'),
		'Acquire::Languages': 'none',
		'Acquire::Check-Valid-Until': 'false',
		'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
	};
	const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";\n`);
	await writeFile(path, lines.join(''));
	return path;
}

async function exists(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}
