import type {Services} from '../../services.js';
import type {BackupRecord} from '../../settings.js';
import {isVerified, type VerifyResult} from './outcome.js';
import type {VerifyPlan} from './plan.js';

/** Where a backup comes from, by its manifest. */
export type BackupOrigin = {
	readonly project: string;
	/** ISO time. */
	readonly createdAt: string;
	readonly bytes: number;
	readonly encrypted: boolean;
};

/**
 * Keeps the result with the backup's record, for `list` and the home screen. A backup of the stack that has no record, because it was made elsewhere,
 * gets one; a file that Lifeboat did not write has none. A backup that has restored keeps that, also when a later look went less far and was well.
 */
export function rememberVerification(
	plan: VerifyPlan,
	result: VerifyResult,
	origin: BackupOrigin | null,
	services: Pick<Services, 'settings' | 'clock'>,
): void {
	const {stack} = plan;
	if (stack === null) return;
	const verified = {
		at: new Date(services.clock.now()).toISOString(),
		level: result.level,
		ok: isVerified(result),
	};
	const isLess = ({verified: before}: BackupRecord) =>
		before?.ok === true && before.level === 'restored' && verified.ok && verified.level === 'checksums';
	services.settings.updateStack(stack.project, stack.directory, memory => {
		const isKnown = memory.backups.some(backup => backup.file === result.file);
		const isOurs = origin !== null && origin.project === stack.project;
		if (!isKnown && isOurs) {
			const {createdAt, bytes, encrypted} = origin;
			const record = {file: result.file, createdAt, bytes, encrypted, durationMs: 0, verified};
			return {...memory, backups: [...memory.backups, record].sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))};
		}

		return {
			...memory,
			backups: memory.backups.map(backup =>
				backup.file === result.file && !isLess(backup) ? {...backup, verified} : backup,
			),
		};
	});
}
