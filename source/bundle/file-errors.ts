import {dirname} from 'node:path';
import {AppError} from '../errors.js';

type FileProblem = {readonly code: 'disk-full' | 'output-unwritable'; readonly says: string; readonly hint: string};

const problems: Readonly<Record<string, FileProblem>> = {
	ENOSPC: {
		code: 'disk-full',
		says: 'the disk is full',
		hint: 'Free space there, or choose another folder with --output',
	},
	EDQUOT: {
		code: 'disk-full',
		says: 'the disk quota is used up',
		hint: 'Free space there, or choose another folder with --output',
	},
	EFBIG: {
		code: 'output-unwritable',
		says: 'the file is larger than this file system allows',
		hint: 'Choose a folder on another file system with --output',
	},
	EROFS: {code: 'output-unwritable', says: 'the file system is read-only', hint: 'Choose another folder with --output'},
	EACCES: {
		code: 'output-unwritable',
		says: 'permission is denied',
		hint: 'Give yourself the right to write there, or choose another folder with --output',
	},
	EPERM: {
		code: 'output-unwritable',
		says: 'the operation is not permitted',
		hint: 'Give yourself the right to write there, or choose another folder with --output',
	},
	ENOENT: {
		code: 'output-unwritable',
		says: 'the folder does not exist',
		hint: 'Create the folder, or choose another one with --output',
	},
	ENOTDIR: {
		code: 'output-unwritable',
		says: 'a part of the path is not a folder',
		hint: 'Choose a folder with --output',
	},
	ENAMETOOLONG: {
		code: 'output-unwritable',
		says: 'the path is too long',
		hint: 'Choose a folder with a shorter path with --output',
	},
	EIO: {
		code: 'output-unwritable',
		says: 'the device reports an error',
		hint: 'Check the disk (dmesg), and choose another folder with --output',
	},
	ESTALE: {
		code: 'output-unwritable',
		says: 'the network file system went away',
		hint: 'Mount it again, or choose another folder with --output',
	},
};

/** Turns a file system's error into what the user can act on; other errors stay as they are. */
export function toWriteError(error: unknown, path: string): unknown {
	const problem = problems[errnoOf(error) ?? ''];
	if (problem === undefined) return error;
	const folder = dirname(path);
	const fix = problem.code === 'disk-full' ? ['df', '-h', folder] : ['ls', '-ld', folder];
	return new AppError(problem.code, `${path} cannot be written: ${problem.says}`, {
		hint: problem.hint,
		fix,
		cause: error,
	});
}

/** Runs work that writes to `path`, with its errors turned by `toWriteError`. */
export async function guardWrite<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		throw toWriteError(error, path);
	}
}

/** A file of the chosen name is there. */
export function nameTaken(file: string): AppError {
	return new AppError('output-unwritable', `${file} exists already and is not replaced`, {
		hint: 'Choose another name with --output, or a folder: then each backup gets a name of its own',
		fix: ['mv', file, `${file}.old`],
	});
}

/** Turns an error of opening or reading a file that the user named into an AppError. */
export function toReadError(error: unknown, path: string): unknown {
	const code = errnoOf(error);
	if (code === 'ENOENT' || code === 'ENOTDIR') {
		return new AppError('file-not-found', `There is no file ${path}`, {
			hint: 'Name an existing backup; `lifeboat list` shows them',
			fix: ['lifeboat', 'list'],
			cause: error,
		});
	}

	if (code === 'EACCES' || code === 'EPERM') {
		return new AppError('bundle-unreadable', `${path} cannot be read: permission is denied`, {
			hint: 'Run as the user who owns the file',
			fix: ['ls', '-l', path],
			cause: error,
		});
	}

	if (code === 'EIO' || code === 'ESTALE') {
		return new AppError('bundle-unreadable', `${path} cannot be read: the device reports an error`, {
			hint: 'Copy the file from another place; the disk may be failing',
			cause: error,
		});
	}

	return error;
}

/** The same for a file that is to hold a key: its absence is no reason to look for backups. */
export function toKeyError(error: unknown, path: string): unknown {
	if (!['ENOENT', 'ENOTDIR', 'EISDIR'].includes(errnoOf(error) ?? '')) return toReadError(error, path);
	return new AppError('file-not-found', `There is no file ${path} to read the key of the backup from`, {
		hint: 'Name the file that holds the passphrase in its first line (--passphrase-file), or the age key (--identity)',
		cause: error,
	});
}

/** The errno code of a thrown value, for example `ENOSPC`. */
export function errnoOf(error: unknown): string | undefined {
	return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
