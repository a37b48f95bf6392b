import type {CauseCases} from '../cause-cases.js';
import {appLog, cacheLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the client',
			appLog("MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk."),
		],
		[
			'the server',
			cacheLog(
				'# Failed opening the temp RDB file temp-9.rdb (in server root dir /data) for saving: Read-only file system',
			),
		],
	],
	leaves: [['a full disk', cacheLog('Write error saving DB on disk: No space left on device'), 'disk-full']],
};
