import {AppError} from '../../errors.js';
import {alignRolePassword} from './remedies/align-role-password.js';
import {applyEnvironment} from './remedies/apply-environment.js';
import {
	alignCredentials,
	encodePassword,
	setDatabaseUrl,
	setSslMode,
	useContainerPort,
	useServiceHost,
} from './remedies/database-url.js';
import {changePort, convertCrlf, createNetwork, joinNetwork, setPlatform} from './remedies/engine.js';
import {unquoteValue} from './remedies/env-values.js';
import {raiseHeap, raiseMemory} from './remedies/memory.js';
import {releaseMigrationLock, rerunMigrate, resolvePrismaMigration} from './remedies/migrations.js';
import {createDatabase, createRole, grantOwnership, useOriginalRole} from './remedies/roles.js';
import {generateSecret, setPublicUrl} from './remedies/secrets.js';
import {
	fixPg18Mount,
	pinPostgresMajor,
	preloadLibrary,
	raiseMaxConnections,
	setShmSize,
	setSuperuserPassword,
	switchImageExtension,
} from './remedies/server-settings.js';
import {startCache} from './remedies/start-cache.js';
import {startDatabase} from './remedies/start-database.js';
import {chownMount, freeDisk, reindexCollation, removeStalePid} from './remedies/storage.js';
import type {Remedy} from './remedy.js';

/** What Lifeboat can carry out, by the id of the fix. The other fixes stay steps for a person. */
// biome-ignore lint/suspicious/noExplicitAny: each remedy has facts of its own
const remedies: Readonly<Record<string, Remedy<any>>> = {
	'start-database': startDatabase,
	'start-cache': startCache,
	'apply-environment': applyEnvironment,
	'align-role-password': alignRolePassword,
	'align-credentials': alignCredentials,
	'set-database-url': setDatabaseUrl,
	'encode-password': encodePassword,
	'unquote-value': unquoteValue,
	'use-service-host': useServiceHost,
	'repair-host-name': useServiceHost,
	'use-container-port': useContainerPort,
	'disable-client-tls': setSslMode('disable'),
	'require-client-tls': setSslMode('require'),
	'create-role': createRole,
	'use-original-role': useOriginalRole,
	'create-database': createDatabase,
	'grant-ownership': grantOwnership,
	'generate-secret': generateSecret,
	'set-public-url': setPublicUrl,
	'repair-url': setPublicUrl,
	'set-superuser-password': setSuperuserPassword,
	'raise-max-connections': raiseMaxConnections,
	'set-shm-size': setShmSize,
	'raise-memory': raiseMemory,
	'raise-heap': raiseHeap,
	'preload-library': preloadLibrary,
	'pin-postgres-major': pinPostgresMajor,
	'fix-pg18-mount': fixPg18Mount,
	'switch-image-extension': switchImageExtension,
	'remove-stale-pid': removeStalePid,
	'chown-mount': chownMount,
	'reindex-collation': reindexCollation,
	'free-disk': freeDisk,
	'rerun-migrate': rerunMigrate,
	'resolve-prisma-migration': resolvePrismaMigration,
	'release-migration-lock': releaseMigrationLock,
	'change-port': changePort,
	'create-network': createNetwork,
	'join-network': joinNetwork,
	'convert-crlf': convertCrlf,
	'set-platform': setPlatform,
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
