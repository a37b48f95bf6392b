import type {Cause} from '../cause.js';
import {libraryMissing} from '../families/extension.js';
import {matchExtensionVersion} from '../fixes/database.js';
import {log} from '../pattern.js';

const name = String.raw`(?<extension>pgvecto\.rs|vectorchord|vchord|pgvectors?|vectors?|timescaledb|postgis|pg_\w+)`;

export const extensionVersionMismatch: Cause = {
	label: 'extension-version-mismatch',
	layer: 'migration',
	signatures: [
		{match: libraryMissing, certainty: ({captures}) => (/-\d|\d\.\d/.test(captures['library'] ?? '') ? 0.95 : 0.4)},
		{
			match: log`${name} extension(?: version)?[^\n]{0,40} (?:is |are )?(?:newer|older|outdated|too (?:old|new)|not (?:compatible|supported)|incompatible|\d[\d.]* but)`,
			certainty: 0.88,
		},
		{
			match: log`extension "(?<extension>[^"]+)" has no (?:update path from version|installation script nor update path for version)`,
			certainty: 0.93,
		},
		{
			match: log`(?:The )?${name}[^\n]{0,60}version[^\n]{0,60}(?:mismatch|is (?:not in|outside|below|above)|does not match|must be|requires?|is older than|is newer than|range)`,
			certainty: 0.86,
		},
		{
			match: log`extension "(?<extension>[^"]+)" (?:cannot be loaded with an out-of-date|must be updated|version mismatch|already exists with (?:a )?different version)|catalog version mismatch, expected|upgraded?[^\n]{0,30}IndexVersion|please upgrade the (?:index|extension)|run (?:"|')?ALTER EXTENSION[^\n]{0,40}UPDATE`,
			certainty: 0.9,
		},
		{
			match: log`incompatible library "[^"]+": (?:version mismatch|missing magic block)|undefined symbol: \w+[^\n]{0,40}|could not load library "[^"]+": [^\n]{1,200}undefined symbol`,
			certainty: 0.8,
		},
		{
			match: log`could not find function "[^"]+" in file "[^"]*(?:timescaledb|postgis|vector|pg_)[^"]*"`,
			certainty: 0.9,
		},
	],
	explains: ['extension-missing', 'migration-failed'],
	explain: ({database, captures}) =>
		`The catalogue of ${database} names another version of ${captures['extension'] ?? captures['library'] ?? 'an extension'} than the image carries.`,
	fixes: situation => [matchExtensionVersion(situation)],
};
