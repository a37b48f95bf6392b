import {ensureImages} from '../../lab/build-images.js';
import type {Bench} from './bench.js';

/** Something that is done to the stack, or waited for. */
export type Step = (bench: Bench) => Promise<unknown>;

export const inOrder =
	(...steps: readonly Step[]): Step =>
	async bench => {
		for (const step of steps) await step(bench);
	};

/** Compose's refusal is a result: many a fault is one. */
export const compose =
	(...args: readonly string[]): Step =>
	bench =>
		bench.compose(...args);

export const up = compose('up', '-d');
export const rebuild = compose('up', '-d', '--build');

const shell = (script: string) => ['postgres', 'sh', '-c', script];

export const inServer = (script: string): Step => compose('exec', '-T', ...shell(script));

/** Goes on while other steps follow. */
export const inServerBeside = (script: string): Step => compose('exec', '-d', ...shell(script));

/** In the volumes of the server while that does not run. */
export const inVolumes = (script: string): Step =>
	compose('run', '--rm', '--no-deps', '--entrypoint', 'sh', 'postgres', '-c', script);

export const sql =
	(query: string, database?: string): Step =>
	bench =>
		bench.sql(query, database);

export const setEnv =
	(name: string, value: string): Step =>
	bench =>
		bench.setEnv(name, value);

export const override =
	(content: object): Step =>
	bench =>
		bench.override(content);

export const edit =
	(file: string, change: (text: string) => string): Step =>
	bench =>
		bench.edit(file, change);

/** Another text in the compose file, to the letter. */
export const inCompose = (from: string | RegExp, to: string): Step =>
	edit('docker-compose.yml', text => text.replace(from, () => to));

export const images =
	(...names: readonly string[]): Step =>
	() =>
		ensureImages(names, () => {});

export const ended =
	(service: string): Step =>
	bench =>
		bench.untilEnded(service);

export const broken =
	(service: string): Step =>
	bench =>
		bench.untilBroken(service);

export const says =
	(service: string, text: RegExp): Step =>
	bench =>
		bench.untilLog(service, text);

export const healthy: Step = bench => bench.untilHealthy();
