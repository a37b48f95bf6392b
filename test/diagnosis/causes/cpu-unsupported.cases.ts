import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['glibc', appLog('Fatal glibc error: CPU does not support x86-64-v2')],
		[
			'AVX',
			appLog(
				'WARNING: MongoDB 5.0+ requires a CPU with AVX support, and your current system does not appear to have that!',
			),
		],
		['a trap', appLog('Illegal instruction (core dumped)')],
	],
	leaves: [['another architecture', appLog('exec /app/server: exec format error'), 'arch-mismatch']],
};
