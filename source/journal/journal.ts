import {createHash} from 'node:crypto';
import {mkdir, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import * as z from 'zod';
import {AppError} from '../errors.js';
import {removeDurably, writeDurably} from './durable-file.js';
import {type Lock, readLock, takeLock} from './lock.js';

const undoSchema = z.object({
	/** What takes the step back; the operation knows how. */
	kind: z.string(),
	data: z.unknown(),
});

const recordSchema = z.object({
	version: z.literal(1),
	/** Name of the operation's run: a UTC time. */
	id: z.string(),
	/** Which flow it belongs to: `restore`, `upgrade`. */
	operation: z.string(),
	/** For people: `Restore of clerq from clerq-20260614T020000Z.zip`. */
	title: z.string(),
	project: z.string(),
	directory: z.string(),
	/** ISO times. */
	startedAt: z.string(),
	finishedAt: z.string().nullable(),
	/** Where the operation was when it last wrote. */
	phase: z.string(),
	/** How to take back what was done, in the order in which it was done. */
	undo: z.array(undoSchema),
	/** What the operation needs to go on or to be taken back later. */
	data: z.unknown(),
});

export type JournalRecord = z.infer<typeof recordSchema>;
export type UndoEntry = z.infer<typeof undoSchema>;

/** The stack that an operation works on. */
export type JournalSubject = {readonly project: string; readonly directory: string};

/** The record of one operation under way. Each call returns when what it says is safe on the disk. */
export interface Journal {
	readonly record: JournalRecord;
	/** Says what is about to happen. */
	enter(phase: string): Promise<void>;
	/** Registers how to take back a step, before the step is taken. The undo must do no harm when the step never happened. */
	willUndo(kind: string, data: unknown): Promise<void>;
	/** Forgets an undo: the step was taken back, or there is nothing left to take back. */
	forget(entry: UndoEntry): Promise<void>;
	/** Replaces all undos at once. */
	replaceUndo(entries: readonly UndoEntry[]): Promise<void>;
	/** Keeps what the operation needs later. */
	keep(data: unknown): Promise<void>;
	/** The operation is over, well or badly: the record stays for a later `rollback`, or goes. Gives the lock back. */
	finish(outcome: 'keep' | 'remove'): Promise<void>;
	/** Gives the lock back and leaves the record as unfinished. Never throws. */
	abandon(): Promise<void>;
}

export interface Journals {
	/** Takes the stack's lock and begins a record. Throws operation-under-way while another process works on the stack, or when a killed one left something to put right. */
	begin(
		subject: JournalSubject,
		operation: {readonly id: string; readonly operation: string; readonly title: string; readonly data: unknown},
	): Promise<Journal>;
	/** Takes over a record: one that a killed process left, or a finished one that is taken back. */
	resume(record: JournalRecord): Promise<Journal>;
	/** Takes the lock alone, for an operation that changes nothing that would need to be undone. */
	lock(subject: JournalSubject, title: string): Promise<Lock>;
	/** What killed processes left, oldest first; empty while the process that works on the stack lives. */
	findUnfinished(subject: JournalSubject): Promise<readonly JournalRecord[]>;
	/** The same for every stack of this user. */
	findAllUnfinished(): Promise<readonly JournalRecord[]>;
	/** Operations that can still be taken back, newest first. */
	findFinished(subject: JournalSubject): Promise<readonly JournalRecord[]>;
	remove(record: JournalRecord): Promise<void>;
}

/** The journals of all stacks, in a folder of their own (0700). `now` gives milliseconds since the epoch. */
export function openJournals(folder: string, now: () => number): Journals {
	const lockOf = (subject: JournalSubject) => join(folder, `${keyOf(subject)}.lock`);
	const fileOf = (record: JournalSubject & {readonly id: string}) => join(folder, `${keyOf(record)}-${record.id}.json`);
	const prepare = () => mkdir(folder, {recursive: true, mode: 0o700});

	const read = async (subject: JournalSubject): Promise<readonly JournalRecord[]> => {
		const prefix = `${keyOf(subject)}-`;
		const names = (await listNames(folder)).filter(name => name.startsWith(prefix) && name.endsWith('.json'));
		return Promise.all(names.sort().map(name => readRecord(join(folder, name))));
	};

	const open = (first: JournalRecord, lock: Lock): Journal => {
		let record = first;
		const write = async (change: Partial<JournalRecord>) => {
			record = {...record, ...change};
			await writeDurably(fileOf(record), `${JSON.stringify(record, null, '\t')}\n`);
		};
		return {
			get record() {
				return record;
			},
			enter: phase => write({phase}),
			willUndo: (kind, data) => write({undo: [...record.undo, {kind, data}]}),
			forget: entry => write({undo: record.undo.filter(other => other !== entry)}),
			replaceUndo: entries => write({undo: [...entries]}),
			keep: data => write({data}),
			async finish(outcome) {
				if (outcome === 'keep') await write({finishedAt: new Date(now()).toISOString(), phase: 'finished'});
				else await removeDurably(fileOf(record));
				await lock.release();
			},
			abandon: () => lock.release(),
		};
	};

	return {
		async begin(subject, {id, operation, title, data}) {
			await prepare();
			const lock = await takeLock(lockOf(subject), title);
			try {
				const [left] = (await read(subject)).filter(record => record.finishedAt === null);
				if (left !== undefined) throw unfinished(left);
				const journal = open(
					{
						version: 1,
						id,
						operation,
						title,
						project: subject.project,
						directory: subject.directory,
						startedAt: new Date(now()).toISOString(),
						finishedAt: null,
						phase: 'begun',
						undo: [],
						data,
					},
					lock,
				);
				await journal.enter('begun');
				return journal;
			} catch (error) {
				await lock.release();
				throw error;
			}
		},

		async resume(record) {
			await prepare();
			const lock = await takeLock(lockOf(record), `Undoing ${record.title}`);
			try {
				const journal = open({...record, finishedAt: null}, lock);
				await journal.enter(record.phase);
				return journal;
			} catch (error) {
				await lock.release();
				throw error;
			}
		},

		async lock(subject, title) {
			await prepare();
			return takeLock(lockOf(subject), title);
		},

		async findUnfinished(subject) {
			const left = (await read(subject)).filter(record => record.finishedAt === null);
			if (left.length === 0 || (await readLock(lockOf(subject))) !== undefined) return [];
			return left;
		},

		async findAllUnfinished() {
			const names = (await listNames(folder)).filter(name => name.endsWith('.json'));
			const records = await Promise.all(names.sort().map(name => readRecord(join(folder, name))));
			const left: JournalRecord[] = [];
			for (const record of records)
				if (record.finishedAt === null && (await readLock(lockOf(record))) === undefined) left.push(record);
			return left;
		},

		async findFinished(subject) {
			return (await read(subject)).filter(record => record.finishedAt !== null).reverse();
		},

		remove: record => removeDurably(fileOf(record)),
	};
}

function keyOf(subject: JournalSubject): string {
	const hash = createHash('sha256').update(`${subject.directory}\n${subject.project}`).digest('hex').slice(0, 16);
	return `${subject.project.replaceAll(/[^\w-]/g, '_').slice(0, 40)}-${hash}`;
}

async function listNames(folder: string): Promise<readonly string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
		throw error;
	}
}

async function readRecord(path: string): Promise<JournalRecord> {
	const text = await readFile(path, 'utf8');
	try {
		return recordSchema.parse(JSON.parse(text));
	} catch (cause) {
		throw new AppError('operation-under-way', `The journal ${path} cannot be read`, {
			hint: 'It tells what a killed run left behind: look at it, put the stack right, then remove the file',
			fix: ['cat', path],
			cause,
		});
	}
}

function unfinished(record: JournalRecord): AppError {
	return new AppError('operation-under-way', `${record.title} was cut off (${record.phase}) and is not put right yet`, {
		hint: 'Undo it first',
		fix: ['lifeboat', 'rollback', '--yes'],
	});
}
