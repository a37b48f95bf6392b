import type {Cause} from './cause.js';
import {appBugRegression} from './causes/app-bug-regression.js';
import {appBugSchema} from './causes/app-bug-schema.js';
import {appHeapExhausted} from './causes/app-heap-exhausted.js';
import {archMismatch} from './causes/arch-mismatch.js';
import {cacheAuthFailed} from './causes/cache-auth-failed.js';
import {cacheDataIncompatible} from './causes/cache-data-incompatible.js';
import {cacheHostLocalhost} from './causes/cache-host-localhost.js';
import {cachePersistFailed} from './causes/cache-persist-failed.js';
import {collationMismatch} from './causes/collation-mismatch.js';
import {containerNameConflict} from './causes/container-name-conflict.js';
import {cpuUnsupported} from './causes/cpu-unsupported.js';
import {crlfEntrypoint} from './causes/crlf-entrypoint.js';
import {datadirDamaged} from './causes/datadir-damaged.js';
import {dbAuthFailed} from './causes/db-auth-failed.js';
import {dbAuthStaleVolume} from './causes/db-auth-stale-volume.js';
import {dbDatadirNotEmpty} from './causes/db-datadir-not-empty.js';
import {dbDriverMissing} from './causes/db-driver-missing.js';
import {dbHbaRejected} from './causes/db-hba-rejected.js';
import {dbHostLocalhost} from './causes/db-host-localhost.js';
import {dbHostUnresolvable} from './causes/db-host-unresolvable.js';
import {dbInitIncomplete} from './causes/db-init-incomplete.js';
import {dbNameMissing} from './causes/db-name-missing.js';
import {dbNetworkMismatch} from './causes/db-network-mismatch.js';
import {dbNotReady} from './causes/db-not-ready.js';
import {dbPasswordMissing} from './causes/db-password-missing.js';
import {dbPortWrong} from './causes/db-port-wrong.js';
import {dbPrivilegeMissing} from './causes/db-privilege-missing.js';
import {dbRoleMissing} from './causes/db-role-missing.js';
import {dbSslRequired} from './causes/db-ssl-required.js';
import {dbSslUnsupported} from './causes/db-ssl-unsupported.js';
import {dbSslUntrustedCert} from './causes/db-ssl-untrusted-cert.js';
import {dbSuperuserPasswordMissing} from './causes/db-superuser-password-missing.js';
import {dbTooManyClients} from './causes/db-too-many-clients.js';
import {dbUrlMalformed} from './causes/db-url-malformed.js';
import {dbUrlMissing} from './causes/db-url-missing.js';
import {dbVersionIncompatible} from './causes/db-version-incompatible.js';
import {diskFull} from './causes/disk-full.js';
import {dockerDaemonDown} from './causes/docker-daemon-down.js';
import {dockerEngineTooOld} from './causes/docker-engine-too-old.js';
import {dockerPermissionDenied} from './causes/docker-permission-denied.js';
import {envNotLoaded} from './causes/env-not-loaded.js';
import {envValueGarbled} from './causes/env-value-garbled.js';
import {extensionMissing} from './causes/extension-missing.js';
import {extensionNotPreloaded} from './causes/extension-not-preloaded.js';
import {extensionVersionMismatch} from './causes/extension-version-mismatch.js';
import {healthcheckBroken} from './causes/healthcheck-broken.js';
import {healthcheckNoise} from './causes/healthcheck-noise.js';
import {imageNotFound} from './causes/image-not-found.js';
import {imagePullRateLimited} from './causes/image-pull-rate-limited.js';
import {killedSigkill} from './causes/killed-sigkill.js';
import {migrationBaselineNeeded} from './causes/migration-baseline-needed.js';
import {migrationFailed} from './causes/migration-failed.js';
import {migrationFailedState} from './causes/migration-failed-state.js';
import {migrationHistoryMismatch} from './causes/migration-history-mismatch.js';
import {migrationLockStale} from './causes/migration-lock-stale.js';
import {migrationNotApplied} from './causes/migration-not-applied.js';
import {mountPathType} from './causes/mount-path-type.js';
import {networkMissing} from './causes/network-missing.js';
import {networkPoolExhausted} from './causes/network-pool-exhausted.js';
import {oomKilled} from './causes/oom-killed.js';
import {pg18MountLayout} from './causes/pg18-mount-layout.js';
import {portInUse} from './causes/port-in-use.js';
import {proxyHeaderMisconfig} from './causes/proxy-header-misconfig.js';
import {publicUrlMalformed} from './causes/public-url-malformed.js';
import {publicUrlMismatch} from './causes/public-url-mismatch.js';
import {secretChanged} from './causes/secret-changed.js';
import {secretInvalidFormat} from './causes/secret-invalid-format.js';
import {secretMissing} from './causes/secret-missing.js';
import {secretWeak} from './causes/secret-weak.js';
import {shmTooSmall} from './causes/shm-too-small.js';
import {stalePidLock} from './causes/stale-pid-lock.js';
import {volumePermission} from './causes/volume-permission.js';
import {walCorrupted} from './causes/wal-corrupted.js';

/** Every cause that can be named: a new one is a file, its test and a line here. */
export const causes: readonly Cause[] = [
	appBugRegression,
	appBugSchema,
	appHeapExhausted,
	archMismatch,
	cacheAuthFailed,
	cacheDataIncompatible,
	cacheHostLocalhost,
	cachePersistFailed,
	collationMismatch,
	containerNameConflict,
	cpuUnsupported,
	crlfEntrypoint,
	datadirDamaged,
	dbAuthFailed,
	dbAuthStaleVolume,
	dbDatadirNotEmpty,
	dbDriverMissing,
	dbHbaRejected,
	dbHostLocalhost,
	dbHostUnresolvable,
	dbInitIncomplete,
	dbNameMissing,
	dbNetworkMismatch,
	dbNotReady,
	dbPasswordMissing,
	dbPortWrong,
	dbPrivilegeMissing,
	dbRoleMissing,
	dbSslRequired,
	dbSslUnsupported,
	dbSslUntrustedCert,
	dbSuperuserPasswordMissing,
	dbTooManyClients,
	dbUrlMalformed,
	dbUrlMissing,
	dbVersionIncompatible,
	diskFull,
	dockerDaemonDown,
	dockerEngineTooOld,
	dockerPermissionDenied,
	envNotLoaded,
	envValueGarbled,
	extensionMissing,
	extensionNotPreloaded,
	extensionVersionMismatch,
	healthcheckBroken,
	healthcheckNoise,
	imageNotFound,
	imagePullRateLimited,
	killedSigkill,
	migrationBaselineNeeded,
	migrationFailed,
	migrationFailedState,
	migrationHistoryMismatch,
	migrationLockStale,
	migrationNotApplied,
	mountPathType,
	networkMissing,
	networkPoolExhausted,
	oomKilled,
	pg18MountLayout,
	portInUse,
	proxyHeaderMisconfig,
	publicUrlMalformed,
	publicUrlMismatch,
	secretChanged,
	secretInvalidFormat,
	secretMissing,
	secretWeak,
	shmTooSmall,
	stalePidLock,
	volumePermission,
	walCorrupted,
];

export function findCause(label: string): Cause | undefined {
	return causes.find(cause => cause.label === label);
}
