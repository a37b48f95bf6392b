import {expect, test} from 'vitest';
import {type FoundTable, readParent, settleTables} from '../../source/bundle/dump-tables.js';

const table = (schema: string, name: string, rows: number | null, change: Partial<FoundTable> = {}): FoundTable => ({
	schema,
	name,
	rows,
	defined: true,
	parent: null,
	...change,
});
const chunk = (name: string, rows: number) =>
	table('_timescaledb_internal', name, rows, {parent: {schema: 'public', name: 'sessions'}});

test('the rows of chunks count for their hypertable', () => {
	const found = [
		table('public', 'sessions', 0),
		table('public', 'users', 5),
		table('_timescaledb_catalog', 'hypertable', 1, {defined: false}),
		chunk('_hyper_1_1_chunk', 10),
		chunk('_hyper_1_2_chunk', 20),
	];
	expect(settleTables(found)).toEqual([
		{schema: 'public', name: 'sessions', rows: 30},
		{schema: 'public', name: 'users', rows: 5},
	]);
	const compressed = [...found, table('_timescaledb_internal', 'compress_hyper_2_3_chunk', 1)];
	expect(settleTables(compressed)[0]).toEqual({schema: 'public', name: 'sessions', rows: null});
});

test('a table that an extension brings is left out, unless the dump holds nothing but rows', () => {
	const config = table('public', 'spatial_ref_sys', 3, {defined: false});
	expect(settleTables([config, table('public', 'places', 1)]).map(({name}) => name)).toEqual(['places']);
	expect(settleTables([config]).map(({name}) => name)).toEqual(['spatial_ref_sys']);
});

test('the table that another inherits from is read from its definition', () => {
	expect(
		readParent(
			'CREATE TABLE _timescaledb_internal._hyper_1_1_chunk (\n  CONSTRAINT c CHECK (a > 1)\n)\nINHERITS (public."My Sessions");\n',
		),
	).toEqual({
		schema: 'public',
		name: 'My Sessions',
	});
	expect(readParent('CREATE TABLE t (id int)')).toBeNull();
});
