import type {Cause} from '../cause.js';
import {extensionFileMissing, libraryMissing} from '../families/extension.js';
import {switchImageExtension} from '../fixes/database.js';
import {matchText} from '../match.js';

export const extensionMissing: Cause = {
	label: 'extension-missing',
	layer: 'migration',
	signatures: [
		{
			match: extensionFileMissing,
			certainty: match =>
				/type "/.test(matchText(match)) ? 0.6 : /no installation script/.test(matchText(match)) ? 0.5 : 0.96,
		},
		{
			match: libraryMissing,
			certainty: ({captures}) => (/\d/.test(captures['library']?.replace(/\.so$/, '') ?? '') ? 0.5 : 0.82),
		},
	],
	explains: ['migration-failed', 'migration-failed-state', 'migration-not-applied'],
	explain: ({database, captures}) =>
		`The image of ${database} does not carry the extension ${captures['extension'] ?? captures['library'] ?? 'that the application needs'}.`,
	fixes: situation => [switchImageExtension(situation)],
};
