import {expect, test} from 'vitest';
import {markSessions} from '../../../source/flows/restore/session-tables.js';
import type {ArchiveToc} from '../../../source/postgres/archive.js';

function isMarked(name: string, columns: readonly string[]): boolean {
	const definition = `CREATE TABLE public.${name} (\n${columns.map(column => `    ${column} text`).join(',\n')}\n);\n`;
	const toc = {entries: [{kind: 'TABLE', schema: 'public', name, definition}]} as unknown as ArchiveToc;
	const [table] = markSessions([{schema: 'public', name, kind: 'table', rows: 1}], toc);
	return table?.holdsSessions === true;
}

test.each([
	['Better Auth', 'session', ['id', '"expiresAt"', 'token', '"userId"']],
	['NextAuth', 'sessions', ['"sessionToken"', '"userId"', 'expires']],
	['connect-pg-simple', 'session', ['sid', 'sess', 'expire']],
	['Django', 'django_session', ['session_key', 'session_data', 'expire_date']],
	['Lucia', 'user_session', ['id', 'user_id', 'expires_at']],
	['Rails', 'sessions', ['id', 'session_id', 'data', 'updated_at']],
	['Laravel', 'sessions', ['id', 'user_id', 'payload', 'last_activity']],
])('sessions of %s are found', (_library, name, columns) => {
	expect(isMarked(name, columns)).toBe(true);
});

test.each([
	['what a media server played', 'sessions', ['id', 'user_id', 'started_at', 'title', 'duration_ms']],
	['training sessions', 'session', ['id', 'trainer_id', 'starts_at', 'ends_at']],
	['another table with an end', 'invitations', ['id', 'token', 'expires_at']],
])('%s is data: it is never proposed for deletion', (_what, name, columns) => {
	expect(isMarked(name, columns)).toBe(false);
});
