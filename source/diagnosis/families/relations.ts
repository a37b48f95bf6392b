import {type Family, log} from '../pattern.js';

/** SQLSTATE 42P01: a table that is not there. */
export const tableMissing: Family = {
	id: 'table-missing',
	patterns: [
		log`relation ["'](?<relation>[^"']+)["'] does not exist`,
		log`The table \x60(?<relation>[^\x60]+)\x60 does not exist in the current database`,
		log`UndefinedTable\w*`,
		log`undefined_table`,
		log`SQLSTATE\[42P01\]`,
		log`\bP2021\b`,
		log`missing table \[(?<relation>[^\]]+)\]`,
	],
};

/** SQLSTATE 42P07: a table that is there already. */
export const tableExists: Family = {
	id: 'table-exists',
	patterns: [
		log`(?<!column "[^"]{0,80}" of )relation ["'](?<relation>[^"']+)["'] already exists(?!, skipping)`,
		log`DuplicateTable\w*`,
		log`42P07: relation`,
		log`duplicate_table`,
		log`Table ["'\x60](?<relation>[^"'\x60]+)["'\x60] already exists`,
	],
};
