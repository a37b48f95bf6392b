import {type Family, log} from '../pattern.js';

/** SQLSTATE 58P01 and its like: the image does not carry the extension. */
export const extensionFileMissing: Family = {
	id: 'extension-file-missing',
	patterns: [
		log`could not open extension control file "[^"]*/(?<extension>[\w-]+)\.control"`,
		log`extension "(?<extension>[\w-]+)" is not available`,
		log`extension "(?<extension>[\w-]+)" has no installation script nor update path`,
		log`type "?(?:\w+\.)?(?<extension>vector|halfvec|geometry|geography|citext|hstore|ltree)"? does not exist`,
		log`(?:The )?(?<extension>pgvector|pgvecto\.rs|VectorChord|PostGIS|TimescaleDB) extension (?:is not|isn't|could not be) (?:available|installed|found)`,
	],
};

/** A library with a version in its name that the image does not carry (any more). */
export const libraryMissing: Family = {
	id: 'library-missing',
	patterns: [
		log`could not access file "(?:\$libdir/)?(?<library>[\w./-]+)": No such file or directory`,
		log`could not load library "[^"]*/(?<library>[\w.-]+)"`,
	],
};
