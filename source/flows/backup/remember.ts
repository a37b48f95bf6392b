import type {Services} from '../../services.js';
import type {BackupResult} from './outcome.js';
import type {BackupPlan} from './plan.js';

const rememberedBackups = 500;

/** Adds a finished backup to what the settings know of its stack: the history on the home screen, and the time that the next one may take. */
export function remember(plan: BackupPlan, result: BackupResult, startedAt: number, {settings}: Services): void {
	const createdAt = new Date(startedAt).toISOString();
	settings.updateStack(plan.stack.project, plan.stack.directory, memory => ({
		...memory,
		backups: [
			...memory.backups,
			{
				file: result.file,
				createdAt,
				bytes: result.bytes,
				durationMs: result.durationMs,
				encrypted: result.encrypted,
				verified: {at: createdAt, level: 'checksums' as const, ok: true},
			},
		].slice(-rememberedBackups),
	}));
}
