import type {Services} from '../../services.js';
import {isVerified, type VerifyResult} from './outcome.js';
import type {VerifyPlan} from './plan.js';

/** Keeps the result with the backup's record, for `list` and the home screen. A file that Lifeboat did not write has none. */
export function rememberVerification(
	plan: VerifyPlan,
	result: VerifyResult,
	services: Pick<Services, 'settings' | 'clock'>,
): void {
	if (plan.stack === null) return;
	const verified = {
		at: new Date(services.clock.now()).toISOString(),
		level: result.level,
		ok: isVerified(result),
	};
	services.settings.updateStack(plan.stack.project, plan.stack.directory, memory => ({
		...memory,
		backups: memory.backups.map(backup => (backup.file === result.file ? {...backup, verified} : backup)),
	}));
}
