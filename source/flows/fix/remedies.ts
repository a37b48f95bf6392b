import {AppError} from '../../errors.js';
import {alignRolePassword} from './remedies/align-role-password.js';
import {startDatabase} from './remedies/start-database.js';
import type {Remedy} from './remedy.js';

/** What Lifeboat can carry out, by the id of the fix. The other fixes stay steps for a person. */
// biome-ignore lint/suspicious/noExplicitAny: each remedy has facts of its own
const remedies: Readonly<Record<string, Remedy<any>>> = {
	'start-database': startDatabase,
	'align-role-password': alignRolePassword,
};

export function hasRemedy(fix: string): boolean {
	return Object.hasOwn(remedies, fix);
}

/** Throws AppError usage for a fix that is unknown or for a person to do; `readFixContext` tells the steps of such a one. */
// biome-ignore lint/suspicious/noExplicitAny: each remedy has facts of its own
export function remedyOf(fix: string): Remedy<any> {
	const remedy = hasRemedy(fix) ? remedies[fix] : undefined;
	if (remedy !== undefined) return remedy;
	throw new AppError('usage', `Lifeboat has no fix ${fix}`, {
		hint: `It can carry out: ${Object.keys(remedies).join(', ')}`,
		fix: ['lifeboat', 'troubleshoot'],
	});
}
