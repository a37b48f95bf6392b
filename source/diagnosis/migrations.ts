import type {Match} from './cause.js';
import {surroundings} from './match.js';

const work =
	/migrat(?:e|ion|or|ing)|alembic|flyway|liquibase|schema_migrations|Migrator|upgrade\(|\.up\(|db:(?:migrate|schema)|\d{8,14}[-_]\w+\.(?:sql|js|ts|py|rb|php)|\bV\d+__|change ?set|ALTER TABLE|CREATE (?:TABLE|INDEX|UNIQUE)/i;

/** The error stands in the middle of a migration: its tool, file or statement is named near by. */
export function isMigrationWork(match: Match): boolean {
	return match.source.service?.role === 'migrate' || work.test(surroundings(match, 6, 8));
}
