import {parseArgs} from 'node:util';
import {ensureImages, removeImages} from './build-images.js';
import {ensureCompose, ensureEngine, findComposeVersion, findEngineVersion, stopEngine} from './engine.js';
import {imageRecipes} from './images.js';
import {LabUnavailable} from './state.js';

const report = (line: string) => console.error(line);

async function main(argv: readonly string[]): Promise<void> {
	const {values, positionals} = parseArgs({
		args: [...argv],
		allowPositionals: true,
		options: {images: {type: 'string'}, directory: {type: 'string'}, project: {type: 'string'}},
	});
	switch (positionals[0]) {
		case 'up': {
			await ensureEngine(report);
			await ensureCompose(report);
			const wanted = values.images?.split(',');
			const recipes = imageRecipes.filter(({tag, set}) => wanted?.includes(set) ?? true);
			await ensureImages(
				recipes.map(({tag}) => tag),
				report,
			);
			report(`engine ${await findEngineVersion()}, Compose ${await findComposeVersion()}`);
			return;
		}
		case 'down':
			report((await stopEngine()) ? 'engine stopped' : 'no engine that the lab started is running');
			return;
		case 'clean':
			await removeImages();
			return;
	}
}

try {
	await main(process.argv.slice(2));
} catch (error) {
	console.error(error instanceof LabUnavailable ? error.message : error);
	process.exitCode = 1;
}
