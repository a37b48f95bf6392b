import {readdir, rm} from 'node:fs/promises';
import {homedir} from 'node:os';
import {parseArgs} from 'node:util';
import {ensureImages, removeImages} from './build-images.js';
import {stackNames} from './definitions.js';
import {findComposeVersion, findEngineVersion, removeCompose, removeDaemon, stopEngine} from './engine.js';
import {imageRecipes} from './images.js';
import {ensureLab, openStack, startStack} from './lab.js';
import {findStacks} from './projects.js';
import {removeRegistry} from './registry.js';
import {run} from './run.js';
import {LabUnavailable, labPath} from './state.js';

const usage = `Usage: npm run lab -- COMMAND

  up [--images SET,…]    engine, Compose and images; sets: ${[...new Set(imageRecipes.map(({set}) => set))].join(', ')}
  status                 what is there
  stack NAME [--directory DIR] [--project NAME] [--megabytes N]
                         start a stack with data: ${stackNames.join(', ')}
  stack-down PROJECT     remove such a stack with its data
  down                   stop the engine, if the lab started it
  clean                  remove stacks, images, engine data and cache of the lab`;

const report = (line: string) => console.error(line);

async function up(sets: readonly string[] | undefined): Promise<void> {
	const started = Date.now();
	await ensureLab(report);
	const recipes = imageRecipes.filter(recipe => sets?.includes(recipe.set) ?? true);
	await ensureImages(
		recipes.map(({tag}) => tag),
		report,
	);
	await status();
	report(`up in ${((Date.now() - started) / 1000).toFixed(1)} s`);
}

async function status(): Promise<void> {
	const engine = await findEngineVersion();
	report(`engine   ${engine ?? 'none'}`);
	report(`compose  ${(await findComposeVersion()) ?? 'none'}`);
	if (engine === undefined) {
		return;
	}
	const listed = (await run(['docker', 'image', 'ls', '--format', '{{.Repository}}:{{.Tag}}'])).split('\n');
	const present = imageRecipes.map(({tag}) => tag).filter(tag => listed.includes(tag));
	report(`images   ${present.join(' ') || 'none'}`);
	for (const stack of await findStacks()) {
		report(`stack    ${stack.project} (${stack.name}) ${stack.directory}`);
	}
}

async function startForHand(
	name: string | undefined,
	options: Readonly<Record<string, string | undefined>>,
): Promise<void> {
	const known = stackNames.find(candidate => candidate === name);
	if (known === undefined) {
		throw new LabUnavailable(`There is no stack ${name ?? ''}; the lab has ${stackNames.join(', ')}.`);
	}
	const {directory, project = known, megabytes} = options;
	const stack = await startStack(known, {
		project,
		report,
		...(directory === undefined ? {} : {directory}),
		...(megabytes === undefined ? {} : {megabytes: Number(megabytes)}),
	});
	report(`${stack.project} answers at ${stack.healthUrl}`);
	console.log(stack.directory);
}

async function removeForHand(project: string | undefined): Promise<void> {
	const found = (await findStacks()).find(stack => stack.project === project);
	if (found === undefined) {
		throw new LabUnavailable(`The lab has started no stack as project ${project ?? ''}; see npm run lab -- status.`);
	}
	await (await openStack(found.name, found.directory, found.project)).remove();
}

async function clean(): Promise<void> {
	if ((await findEngineVersion()) !== undefined) {
		for (const {name, directory, project} of await findStacks()) {
			await (await openStack(name, directory, project)).remove();
		}
		await removeRegistry();
		await removeImages();
	}
	if (await stopEngine()) {
		await removeDaemon('main');
	}
	await removeCompose();
	const home = labPath();
	if ((await readdir(home).catch(() => [])).length > 0 && home !== homedir()) {
		await rm(home, {recursive: true, force: true});
	}
	report('removed; Debian packages that were installed (docker.io, mmdebstrap and others) stay');
}

async function main(argv: readonly string[]): Promise<void> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {
			images: {type: 'string'},
			directory: {type: 'string'},
			project: {type: 'string'},
			megabytes: {type: 'string'},
		},
	});
	const [command, name] = positionals;
	const commands: Readonly<Record<string, () => Promise<void>>> = {
		up: () => up(values.images?.split(',')),
		status,
		stack: () => startForHand(name, values),
		'stack-down': () => removeForHand(name),
		async down() {
			report((await stopEngine()) ? 'engine stopped' : 'no engine that the lab started is running');
		},
		clean,
	};
	const work = commands[command ?? ''];
	if (work === undefined) {
		console.error(usage);
		process.exitCode = 2;
		return;
	}
	await work();
}

try {
	await main(process.argv.slice(2));
} catch (error) {
	console.error(error instanceof LabUnavailable ? error.message : error);
	process.exitCode = 1;
}
