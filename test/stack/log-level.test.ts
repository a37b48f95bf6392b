import {expect, test} from 'vitest';
import {levelOfLine} from '../../source/stack/log-level.js';

test.each([
	['{"level":50,"msg":"connect failed"}', 'error'],
	['{"level":30,"msg":"listening"}', 'info'],
	['{"severity":"WARNING","message":"slow"}', 'warning'],
	['time="2026-06-14" level=error msg="no route"', 'error'],
	['2026-06-14 02:00:00.000 UTC [1] FATAL:  password authentication failed for user "app"', 'error'],
	['2026-06-14 02:00:00.000 UTC [1] LOG:  database system is ready to accept connections', 'info'],
	['2026-06-14 02:00:00.000 UTC [52] DETAIL:  Role "app" does not exist.', 'info'],
	['[ERROR] failed to start', 'error'],
	['WARN: the secret is short', 'warning'],
	['12:00:01 DEBUG query took 3 ms', 'debug'],
	['Error: DATABASE_URL is not set.', 'error'],
	['Traceback (most recent call last):', 'error'],
	['GET /api/errors 200 3ms', undefined],
	['Listening on port 3000', undefined],
	['user error-prone@example.org signed in', undefined],
])('%s', (line, level) => {
	expect(levelOfLine(line)).toBe(level);
});
