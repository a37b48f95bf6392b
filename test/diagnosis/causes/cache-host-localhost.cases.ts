import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Predis', appLog('Connection refused [tcp://127.0.0.1:6379]')],
		['ioredis', appLog('[ioredis] Unhandled error event: Error: connect ECONNREFUSED 127.0.0.1:6379')],
		[
			'redis-py',
			appLog('redis.exceptions.ConnectionError: Error 111 connecting to localhost:6379. Connection refused.'),
		],
		['Go', appLog('dial tcp 127.0.0.1:6379: connect: connection refused')],
		['Ruby', appLog('Connection refused - connect(2) for 127.0.0.1:6379 (RedisClient::CannotConnectError)')],
	],
	leaves: [['the database', appLog('Error: connect ECONNREFUSED 127.0.0.1:5432'), 'db-host-localhost']],
};
