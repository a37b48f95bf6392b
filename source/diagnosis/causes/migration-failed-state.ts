import type {Cause} from '../cause.js';
import {forceMigrationVersion, resolvePrismaMigration} from '../fixes/migrations.js';
import {log} from '../pattern.js';

export const migrationFailedState: Cause = {
	label: 'migration-failed-state',
	layer: 'migration',
	signatures: [
		{match: log`\bP3009\b|migrate found failed migrations in the target database`, certainty: 0.97},
		{match: log`The \x60(?<migration>[^\x60]+)\x60 migration started at [^\n]{1,60} failed`, certainty: 0.95},
		{match: log`Dirty database version (?<migration>-?\d+)|database is (?:in a )?dirty`, certainty: 0.97},
		{
			match: log`Detected failed migration to version (?<migration>[\d.]+)|Schema \S+ contains a failed migration`,
			certainty: 0.96,
		},
		{
			match: log`\bP3008\b|\bP3011\b|\bP3012\b|cannot be rolled back because it is not in a failed state`,
			certainty: 0.8,
		},
		{
			match: log`(?:previous|last|earlier) migration[^\n]{0,40}(?:failed|did not (?:finish|complete)|was interrupted|incomplete)|migration[^\n]{0,60}(?:partially applied|marked as (?:failed|dirty))|VersionDirty|is partially applied; fix and remove row`,
			certainty: 0.9,
		},
	],
	look: view =>
		view.evidence.servers.flatMap(server =>
			server.migrations
				.filter(history => (history.failed ?? 0) > 0)
				.map(history => ({
					service: server.service,
					certainty: 0.9,
					source: `migration history (${history.tool})`,
					text: `${history.failed} migration is marked as failed`,
				})),
		),
	explains: ['migration-not-applied'],
	explain: ({captures}) =>
		`An earlier migration ${captures['migration'] ?? ''} failed and left a mark in the history table; every later run stops at that mark until it is repaired.`.replace(
			'  ',
			' ',
		),
	fixes: situation =>
		/^-?[\d.]+$/.test(situation.captures['migration'] ?? '')
			? [forceMigrationVersion(situation), resolvePrismaMigration(situation)]
			: [resolvePrismaMigration(situation), forceMigrationVersion(situation)],
};
