import {randomBytes} from 'node:crypto';
import {mkdtempSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type Checksums, readChecksums} from '../lab/checksums.js';
import {run} from '../lab/run.js';

/** A fresh server to restore into without Lifeboat. */
export type BareServer = {
	/** Runs a program in its container; `input` is the path of a file for standard input. */
	exec(args: readonly string[], input?: string): Promise<string>;
	checksums(database: string): Promise<Checksums>;
	remove(): Promise<void>;
};

/** Starts a server of the image whose superuser has this name, as a user on a new machine would. */
export async function startBareServer(image: string, user: string): Promise<BareServer> {
	const name = `lifeboat-bare-${randomBytes(4).toString('hex')}`;
	const docker = (...args: readonly string[]) => run(['docker', ...args]);
	await docker('run', '-d', '--name', name, '-e', `POSTGRES_USER=${user}`, '-e', 'POSTGRES_PASSWORD=by-hand', image);
	const sql = (database: string, query: string) =>
		run(
			[
				'docker',
				'exec',
				'-i',
				name,
				'psql',
				'-X',
				'-q',
				'-A',
				'-t',
				'-v',
				'ON_ERROR_STOP=1',
				'-U',
				user,
				'-d',
				database,
			],
			{
				input: query,
			},
		);
	for (let attempt = 0; ; attempt++) {
		try {
			await run(['docker', 'exec', name, 'psql', '-h', '127.0.0.1', '-U', user, '-d', 'postgres', '-c', 'SELECT 1']);
			break;
		} catch (error) {
			if (attempt === 60) throw error;
			await new Promise(resolve => setTimeout(resolve, 500));
		}
	}

	return {
		exec: (args, input) =>
			run(['docker', 'exec', '-i', name, ...args], input === undefined ? {} : {input: readFileSync(input)}),
		checksums: database => readChecksums(query => sql(database, query)),
		remove: async () => {
			await docker('rm', '-f', '-v', name);
		},
	};
}

/** Unpacks a bundle with `unzip` into a new folder. */
export async function unzip(file: string): Promise<string> {
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-unzipped-'));
	await run(['unzip', '-q', file, '-d', folder]);
	return folder;
}
