import {rmSync} from 'node:fs';
import {join} from 'node:path';
import type {BenchStack} from './database.js';
import {median, timeLifeboat, timePipeline} from './measure.js';

/** Each project's own backup command as its guide has it, with this stack's names; a guide that writes on the host's disk writes to standard output here. */
const commands = {
	'Clerq: pg_dump | gzip': 'docker compose exec -T postgres pg_dump -U bench bench | gzip',
	'Cronicorn: docker exec pg_dump --no-owner --no-acl | gzip':
		'docker exec "$(docker compose ps -q postgres)" pg_dump -U bench -d bench --no-owner --no-acl | gzip',
	'Avnology: pg_dump --format=custom | gzip':
		'docker compose exec -T postgres pg_dump -U bench -d bench --format=custom | gzip',
	'Ever Works, Tracearr: pg_dump -Fc': 'docker compose exec -T postgres pg_dump -Fc -U bench -d bench',
	'Ever Works: pg_dump to plain SQL': 'docker compose exec -T postgres pg_dump -U bench -d bench',
} as const;

export type DocumentRow = {readonly name: string; readonly seconds: number; readonly bytes: number};

/**
 * Times every guide's command and `lifeboat backup` on the same data, in turns, so that noise of the machine hits all alike. Lifeboat is the last row; its
 * file also holds roles and configuration, and it has been read back. Medians, in seconds and bytes.
 */
export async function measureDocuments(
	stack: BenchStack,
	scratch: string,
	rounds: number,
): Promise<readonly DocumentRow[]> {
	const seconds = new Map<string, number[]>();
	const bytes = new Map<string, number>();
	const note = (name: string, sample: {seconds: number; bytes: number}) => {
		seconds.set(name, [...(seconds.get(name) ?? []), sample.seconds]);
		bytes.set(name, sample.bytes);
	};
	const output = join(scratch, 'document');
	for (let round = 0; round < rounds; round++) {
		for (const [name, command] of Object.entries(commands)) {
			note(name, await timePipeline(command, stack.directory, output));
			rmSync(output);
		}

		const args = ['backup', '--json', '--quiet', '--no-volumes', '--output', scratch];
		const lifeboat = await timeLifeboat(args, {cwd: stack.directory});
		const document = JSON.parse(lifeboat.stdout);
		note('lifeboat backup', {seconds: lifeboat.seconds, bytes: document.bytes});
		rmSync(document.file);
	}

	return [...seconds].map(([name, samples]) => ({name, seconds: median(samples), bytes: bytes.get(name) ?? 0}));
}
