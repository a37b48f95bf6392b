import type {CauseCases} from '../cause-cases.js';
import {appLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'runc',
			engineOutput(
				'error mounting "/srv/shop/nginx.conf" to rootfs at "/etc/nginx/nginx.conf": not a directory: unknown: Are you trying to mount a directory onto a file (or vice-versa)?',
			),
		],
		['Node', appLog('Error: EISDIR: illegal operation on a directory, read')],
		['Python', appLog("IsADirectoryError: [Errno 21] Is a directory: '/app/config.yml'")],
	],
	leaves: [
		['a forbidden folder', appLog("Error: EACCES: permission denied, open '/data/config.yml'"), 'volume-permission'],
	],
};
