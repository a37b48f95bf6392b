import type {Cause} from '../cause.js';
import {releaseMigrationLock} from '../fixes/migrations.js';
import {log} from '../pattern.js';
import {isBroken, type View} from '../view.js';

export const migrationLockStale: Cause = {
	label: 'migration-lock-stale',
	layer: 'migration',
	signatures: [
		{match: log`Waiting for changelog lock`, certainty: 0.93},
		{match: log`Could not acquire change log lock|LockException`, certainty: 0.96},
		{
			match: log`(?:Timed out|timeout)[^\n]{0,60} (?:acquir|wait|obtain|try)\w*[^\n]{0,40} (?:an? |the )?(?:postgres )?(?:advisory|migration) lock|pg_advisory_lock\(72707369\)`,
			certainty: 0.95,
		},
		{
			match: log`MigrationLocked(?:Error)?|Migration table is already locked|release the lock manually|migrate:unlock|knex_migrations_lock`,
			certainty: 0.95,
		},
		{
			match: log`ConcurrentMigrationError|Cannot run migrations because another migration process is currently running`,
			certainty: 0.95,
		},
		{
			match: log`(?:can't|could not|cannot|unable to|failed to) acquire (?:the |a |an )?(?:database |migration |migrations |advisory |schema )*lock|(?:migration|schema) lock (?:is )?(?:already )?(?:held|taken|locked|exists|in use)|another (?:instance|process) is (?:already )?(?:running|performing|applying) (?:the )?migration|Flyway[^\n]{0,60}advisory lock|waiting for (?:the )?(?:migration|advisory|schema) lock`,
			certainty: 0.9,
		},
	],
	look: view =>
		view.evidence.servers.flatMap(server =>
			server.locks
				.filter(lock => (lock.seconds ?? 0) >= 2 && ((lock.waiting ?? 0) > 0 || endedMigration(view)))
				.map(lock => ({
					service: migrationService(view) ?? server.service,
					certainty: (lock.waiting ?? 0) > 0 ? 0.8 : gaveUpWaiting(view) ? 0.96 : 0.5,
					source: `locks of ${server.service}`,
					text: `session ${lock.pid} (${lock.application || 'no name'}, ${lock.address}, ${lock.state}) holds an advisory lock for ${lock.seconds} s${lock.waiting ? `; ${lock.waiting} wait for it` : ''}`,
					captures: {pid: String(lock.pid), application: lock.application ?? ''},
				})),
		),
	explains: ['migration-failed', 'migration-not-applied', 'db-not-ready'],
	explain: ({service}) =>
		`${service} waits for a lock on the migrations that a killed run left behind, or that another instance still holds.`,
	fixes: situation => [releaseMigrationLock(situation)],
};

const migrationService = (view: View) => view.services.find(service => service.role === 'migrate')?.service;

/** The migrations ended badly: a lock that is still held then was not theirs. */
const endedMigration = (view: View) => view.services.some(service => service.role === 'migrate' && isBroken(service));

/** The words of PostgreSQL for a lock that was not to be had in time (55P03, 57014). */
const gaveUpWaiting = (view: View) =>
	view.services.some(
		service =>
			service.role === 'migrate' &&
			isBroken(service) &&
			service.log.some(line => /due to (?:lock|statement) timeout|55P03|lock_not_available/.test(line)),
	);
