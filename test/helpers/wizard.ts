import {z} from 'zod';
import {AppError} from '../../source/errors.js';
import type {Outcome, PlanReview, Question} from '../../source/flows/flow.js';
import type {Operation, OperationEvent} from '../../source/operation.js';
import type {Services} from '../../source/services.js';
import type {BackupRecord, Preferences, Settings, StackMemory} from '../../source/settings.js';
import type {DatabaseServer, Stack, StackService} from '../../source/stack/stack.js';
import type {WizardEntry, WizardFlow, WizardOptions} from '../../source/ui/wizard.js';

/** 2026-06-14 02:00 UTC. */
export const night = Date.UTC(2026, 5, 14, 2, 0, 0);

export function fakeService(name: string, change: Partial<StackService> = {}): StackService {
	return {
		name,
		role: 'app',
		stopForRestore: false,
		oneShot: false,
		image: `${name}:1`,
		build: false,
		state: 'running',
		health: null,
		exitCode: null,
		restartCount: 0,
		ports: [],
		healthUrl: null,
		containerIds: [],
		dependsOn: [],
		connectionVariables: [],
		...change,
	};
}

export function fakeDatabase(change: Partial<DatabaseServer> = {}): DatabaseServer {
	return {
		service: 'postgres',
		containerId: 'c1',
		image: 'postgres:17',
		major: 17,
		serverVersion: '17.11',
		user: 'clerq',
		database: 'clerq',
		databases: ['clerq'],
		passwordSource: 'dotenv',
		state: 'running',
		health: 'healthy',
		sizeBytes: 886_145,
		extensions: ['plpgsql'],
		dataMount: {type: 'volume', name: 'pgdata', target: '/var/lib/postgresql/data'},
		replica: false,
		superuser: true,
		freeBytes: 40e9,
		server: null,
		...change,
	};
}

export const fakeTarget = {files: [], profiles: [], envFiles: [], cwd: '/srv/clerq'};

export function fakeStack(change: Partial<Stack> = {}): Stack {
	return {
		project: 'clerq',
		directory: '/srv/clerq',
		target: fakeTarget,
		composeFiles: ['docker-compose.yml'],
		envFiles: ['.env'],
		secretFiles: [],
		upgradeMode: 'build',
		databases: [fakeDatabase()],
		external: [],
		services: [
			fakeService('app', {health: 'healthy', ports: [3000]}),
			fakeService('migrate', {role: 'migrate', oneShot: true, state: 'exited', exitCode: 0}),
			fakeService('postgres', {role: 'database', health: 'healthy'}),
		],
		durable: [],
		secrets: ['POSTGRES_PASSWORD'],
		warnings: [],
		reasons: [],
		engineReached: true,
		source: 'model',
		...change,
	};
}

export function fakeBackup(change: Partial<BackupRecord> = {}): BackupRecord {
	return {
		file: '/srv/clerq/backups/clerq-20260613T230000Z.zip',
		createdAt: new Date(night - 3 * 3_600_000).toISOString(),
		bytes: 128_000_000,
		durationMs: 14_000,
		encrypted: false,
		verified: {at: new Date(night).toISOString(), level: 'restored', ok: true},
		...change,
	};
}

/** Settings in memory. */
export function fakeSettings(backups: readonly BackupRecord[] = []): Settings {
	let preferences: Preferences = {
		backupDirectory: null,
		verifyAfterBackup: false,
		keep: {last: 3, daily: 7, weekly: 4, monthly: 12},
	};
	const stacks = new Map<string, StackMemory>();
	const stack = (project: string, directory: string): StackMemory =>
		stacks.get(project) ?? {project, directory, answers: {}, backups: [...backups], tableGroups: {}, publicUrl: null};
	return {
		path: '/home/me/.config/compose-lifeboat/config.json',
		preferences: () => preferences,
		setPreferences(change) {
			preferences = {...preferences, ...change};
		},
		stack,
		updateStack(project, directory, change) {
			stacks.set(project, change(stack(project, directory)));
		},
	};
}

const untouched = new Proxy(
	{},
	{
		get(_target, name) {
			throw new Error(`A screen used ${String(name)} of the edge`);
		},
	},
);

/** Services of which the wizard itself uses the settings, the clock and the environment; time stands still unless `now` moves. */
export function fakeServices(change: Partial<Services> = {}): Services {
	return {
		...(Object.fromEntries(
			['processes', 'docker', 'compose', 'http'].map(name => [name, untouched]),
		) as unknown as Services),
		settings: fakeSettings(),
		clock: {now: () => night, sleep: () => Promise.resolve()},
		environment: {LANG: 'C.UTF-8'},
		cwd: '/srv/clerq',
		...change,
	};
}

/** A promise that a test settles when it is ready. */
export function createGate(): {readonly opened: Promise<void>; open(): void} {
	let open: () => void = () => undefined;
	const opened = new Promise<void>(resolve => {
		open = resolve;
	});
	return {opened, open: () => open()};
}

export type FakeFlowParts = {
	readonly id?: string;
	readonly title?: string;
	readonly questions?: readonly Question[];
	readonly review?: Partial<PlanReview>;
	readonly outcome?: Partial<Outcome>;
	readonly run?: (plan: unknown, signal: AbortSignal) => Operation<unknown>;
	readonly prepare?: (answers: unknown) => Promise<unknown>;
};

async function* runAtOnce(): Operation<unknown> {
	yield {type: 'step-started', step: 'dump', title: 'Dump database clerq', canCancel: true};
	yield {type: 'step-finished', step: 'dump'};
	return {};
}

/** A flow of the kind that backs up, made of the parts that a test is about. */
export function fakeFlow(parts: FakeFlowParts = {}): WizardFlow {
	const {id = 'backup', title = 'Back up', questions = [], run = runAtOnce} = parts;
	return {
		id,
		title,
		answers: z.record(z.string(), z.unknown()),
		questions: async () => questions,
		prepare: async (_stack: Stack, answers: unknown) => parts.prepare?.(answers) ?? {answers},
		review: () => ({
			title: 'Back up clerq into ./backups',
			facts: [
				['Database', 'clerq on postgres (PostgreSQL 17.11, 886 kB)'],
				['File', './backups/clerq-20260614T020000Z.zip'],
				['Encrypted', 'no'],
			],
			steps: [
				{title: 'Save roles and grants', detail: 'pg_dumpall --globals-only'},
				{title: 'Dump database clerq', detail: 'pg_dump --format=custom --compress=zstd'},
				{title: 'Copy configuration', detail: 'docker-compose.yml, .env'},
				{title: 'Check the bundle by reading it back'},
			],
			warnings: [],
			destroys: [],
			needsConsent: false,
			...parts.review,
		}),
		run: (plan: unknown, _services: Services, signal: AbortSignal) => run(plan, signal),
		outcome: () => ({
			status: 'success',
			title: 'Backup finished',
			facts: [
				['File', '/srv/clerq/backups/clerq-20260614T020000Z.zip'],
				['Size', '128 kB in 1.2 s'],
			],
			table: {
				columns: ['Table', 'Rows'],
				rows: [
					['public.clients', '120'],
					['public.invoices', '34,567'],
				],
			},
			notes: [],
			next: [{text: 'Prove it by a restore into a throwaway container', command: ['lifeboat', 'verify', 'FILE']}],
			...parts.outcome,
		}),
	};
}

export function fakeEntries(flow: WizardFlow = fakeFlow()): readonly WizardEntry[] {
	return [
		{kind: 'flow', label: 'Back up', hint: 'Save databases, files and settings in one bundle', flow},
		{
			kind: 'flow',
			label: 'Restore',
			hint: 'Bring a backup back, beside the live data first',
			flow: fakeFlow({id: 'restore', title: 'Restore'}),
		},
	];
}

export function fakeWizard(change: Partial<WizardOptions> = {}): WizardOptions {
	return {
		services: fakeServices(),
		target: fakeTarget,
		entries: fakeEntries(),
		detect: async () => fakeStack(),
		projects: async () => [],
		...change,
	};
}

/** An operation that yields these events, waits for the gate (or the signal), and ends. */
export async function* runBehindGate(
	events: readonly OperationEvent[],
	gate: Promise<void>,
	signal: AbortSignal,
	result: unknown = {},
): Operation<unknown> {
	yield* events;
	const aborted = new Promise<never>((_resolve, reject) => {
		if (signal.aborted) reject(new AppError('cancelled', 'Cancelled; nothing was changed'));
		signal.addEventListener('abort', () => reject(new AppError('cancelled', 'Cancelled; nothing was changed')));
	});
	await Promise.race([gate, aborted]);
	return result;
}
