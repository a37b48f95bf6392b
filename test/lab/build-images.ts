import {createHash} from 'node:crypto';
import {access, cp, mkdir, mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {debianKeyring, debianMirror, findInstallObstacle, installPackages} from './apt.js';
import {findRecipe, type ImageRecipe} from './images.js';
import {attempt, type Report, run, runShell} from './run.js';
import {LabUnavailable, labPath, prepareLabPath, withLock} from './state.js';

/** The label by which the lab knows the images that it built, and from what. */
export const recipeLabel = 'lifeboat-lab.recipe';

const contexts = fileURLToPath(new URL('images/', import.meta.url));

/** Makes sure that the engine has those images, each made once: present, loaded from the cache, pulled or built. */
export async function ensureImages(tags: readonly string[], report: Report): Promise<void> {
	for (const tag of tags) {
		await ensureImage(findRecipe(tag), report);
	}
}

async function ensureImage(recipe: ImageRecipe, report: Report): Promise<void> {
	const hash = await hashRecipe(recipe);
	if (await isCurrent(recipe.tag, hash)) {
		return;
	}
	await withLock(`image-${recipe.tag.replaceAll(/\W/g, '-')}`, async () => {
		if (!(await isCurrent(recipe.tag, hash))) {
			const started = Date.now();
			const how = (await loadCached(hash)) ?? (await pull(recipe)) ?? (await build(recipe, hash, report));
			report(`image ${recipe.tag}: ${how} in ${((Date.now() - started) / 1000).toFixed(1)} s`);
		}
	});
}

/** An image that carries no label of the lab is somebody else's official one and serves as it is. */
async function isCurrent(tag: string, hash: string): Promise<boolean> {
	const {exitCode, stdout} = await attempt([
		...['docker', 'image', 'inspect', tag, '--format', `{{index .Config.Labels "${recipeLabel}"}}`],
	]);
	return exitCode === 0 && [hash, '', '<no value>'].includes(stdout.trim());
}

async function loadCached(hash: string): Promise<string | undefined> {
	const archive = labPath('images', `${hash}.tar.zst`);
	if (!(await exists(archive))) {
		return undefined;
	}
	await runShell('zstd -dcq "$ARCHIVE" | docker load', {ARCHIVE: archive});
	return 'loaded from the cache';
}

async function pull(recipe: ImageRecipe): Promise<string | undefined> {
	if (recipe.pull === undefined || !(await isRegistryReachable())) {
		return undefined;
	}
	const {exitCode} = await attempt(['docker', 'pull', '--quiet', recipe.pull]);
	if (exitCode !== 0) {
		return undefined;
	}
	await run(['docker', 'tag', recipe.pull, recipe.tag]);
	return 'pulled';
}

async function build(recipe: ImageRecipe, hash: string, report: Report): Promise<string> {
	const base = await ensureBase(recipe.base, report);
	report(`building ${recipe.tag}`);
	const context = await mkdtemp(join(tmpdir(), 'lifeboat-lab-'));
	try {
		await cp(join(contexts, recipe.context), context, {recursive: true});
		if (recipe.npm !== undefined) {
			await run([
				'npm',
				'install',
				'--prefix',
				context,
				'--no-save',
				'--no-package-lock',
				'--ignore-scripts',
				...recipe.npm,
			]);
		}
		const buildArgs = Object.entries({BASE: base, ...recipe.buildArgs}).flatMap(([key, value]) => [
			'--build-arg',
			`${key}=${value}`,
		]);
		await run([
			...['docker', 'build', '--network', 'host', '--tag', recipe.tag, '--label', `${recipeLabel}=${hash}`],
			...[...buildArgs, context],
		]);
	} finally {
		await rm(context, {recursive: true, force: true});
	}
	await noteVersion(recipe);
	await saveToCache(recipe.tag, hash);
	return 'built';
}

/** The official images say the server's version in their environment, where it can be read without starting them. */
async function noteVersion({tag, versionVariable}: ImageRecipe): Promise<void> {
	if (versionVariable === undefined) {
		return;
	}
	const query = ['dpkg-query', '--show', '--showformat=${Version}', versionVariable.package];
	const version = await run(['docker', 'run', '--rm', '--entrypoint', 'env', tag, ...query]);
	await run(['docker', 'build', '--tag', tag, '-'], {input: `FROM ${tag}\nENV ${versionVariable.name}=${version}\n`});
}

async function saveToCache(tag: string, hash: string): Promise<void> {
	const archive = await prepareLabPath('images', `${hash}.tar.zst`);
	await runShell('docker save "$TAG" | zstd -q -T0 -1 -f -o "$ARCHIVE.partial" && mv "$ARCHIVE.partial" "$ARCHIVE"', {
		TAG: tag,
		ARCHIVE: archive,
	});
}

/** The tag of the base to build on, made first where it is missing. */
async function ensureBase(base: string, report: Report): Promise<string> {
	if (!base.startsWith('debian:')) {
		await ensureImages([base], report);
		return base;
	}
	const suite = base.slice('debian:'.length);
	const tag = `lifeboat-lab/debian:${suite}`;
	if ((await attempt(['docker', 'image', 'inspect', tag])).exitCode === 0) {
		return tag;
	}
	return withLock(`root-${suite}`, async () => {
		if (await isRegistryReachable()) {
			const official = `debian:${suite}-slim`;
			if ((await attempt(['docker', 'pull', '--quiet', official])).exitCode === 0) {
				await run(['docker', 'tag', official, tag]);
				return tag;
			}
		}
		await bootstrap(suite, tag, report);
		return tag;
	});
}

/** A minimal Debian root as an image. mmdebstrap takes a quarter of debootstrap's time and knows every suite. Frozen mirrors carry expired dates. */
async function bootstrap(suite: string, tag: string, report: Report): Promise<void> {
	const root = await prepareLabPath('roots', `${suite}.tar.zst`);
	if (!(await exists(root))) {
		const obstacle = await findInstallObstacle();
		if (obstacle !== undefined) {
			throw new LabUnavailable(
				`No registry answers and the lab cannot build its images here: ${obstacle}. Let the engine reach a registry, or run the lab as root on Debian or Ubuntu.`,
			);
		}
		await installPackages(['mmdebstrap', 'debian-archive-keyring', 'zstd'], report);
		report(`bootstrapping Debian ${suite}`);
		await run([
			...['mmdebstrap', '--variant=minbase', '--include=ca-certificates', `--keyring=${debianKeyring}`],
			...[
				'--aptopt=Acquire::Languages "none"',
				'--aptopt=Acquire::Check-Valid-Until "false"',
				'--dpkgopt=path-exclude=/usr/share/man/*',
				'--dpkgopt=path-exclude=/usr/share/doc/*',
			],
			...[suite, `${root}.partial.tar.zst`, debianMirror],
		]);
		await run(['mv', `${root}.partial.tar.zst`, root]);
	}
	await runShell('zstd -dcq "$ROOT" | docker import - "$TAG"', {ROOT: root, TAG: tag});
}

let registryAnswer: Promise<boolean> | undefined;

/** True when Docker Hub answers from here; asked once a process. `LIFEBOAT_LAB_PULL=0` says no without asking. */
function isRegistryReachable(): Promise<boolean> {
	registryAnswer ??=
		process.env['LIFEBOAT_LAB_PULL'] === '0'
			? Promise.resolve(false)
			: fetch('https://registry-1.docker.io/v2/', {signal: AbortSignal.timeout(5000)}).then(
					response => response.status === 401 || response.ok,
					() => false,
				);
	return registryAnswer;
}

/** Changes with anything that goes into the image, its bases included. */
async function hashRecipe(recipe: ImageRecipe): Promise<string> {
	const hash = createHash('sha256').update(JSON.stringify(recipe));
	const folder = join(contexts, recipe.context);
	const files = await readdir(folder, {recursive: true, withFileTypes: true});
	const paths = files.filter(file => file.isFile()).map(file => join(file.parentPath, file.name));
	for (const path of paths.sort()) {
		hash.update(path.slice(folder.length)).update(await readFile(path));
	}
	if (!recipe.base.startsWith('debian:')) {
		hash.update(await hashRecipe(findRecipe(recipe.base)));
	}
	return hash.digest('hex').slice(0, 16);
}

/** Removes every image that the lab built and its bases from the engine. */
export async function removeImages(): Promise<void> {
	const own = await run(['docker', 'image', 'ls', '--all', '--quiet', '--filter', `label=${recipeLabel}`]);
	const bases = await run(['docker', 'image', 'ls', '--quiet', 'lifeboat-lab/debian']);
	const ids = [...new Set([...own.split('\n'), ...bases.split('\n')].filter(id => id !== ''))];
	if (ids.length > 0) {
		await attempt(['docker', 'image', 'rm', '--force', ...ids]);
	}
	await mkdir(labPath('images'), {recursive: true});
}

async function exists(path: string): Promise<boolean> {
	return access(path).then(
		() => true,
		() => false,
	);
}
