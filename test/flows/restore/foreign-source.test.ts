import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {openSource} from '../../../source/flows/restore/open-source.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../bundle/fixtures/${name}`, import.meta.url));

async function summarise(name: string) {
	const source = await openSource(fixture(name), {});
	try {
		return await source.summarise(new AbortController().signal);
	} finally {
		await source.close();
	}
}

test.each(['plain.sql', 'plain.sql.zst', 'create.sql', 'custom-gzip.dump', 'custom-zstd.dump', 'tar.tar', 'directory'])(
	'%s says what a restore must bring back',
	async name => {
		const {databases} = await summarise(name);
		expect(databases).toHaveLength(1);
		expect(databases[0]).toMatchObject({serverMajor: 17, rows: 77, tableCount: 6, extensions: [{name: 'tablefunc'}]});
		expect([...(databases[0]?.roles ?? [])].sort()).toEqual(['app', 'postgres', 'read only']);
		expect(databases[0]?.tables).toContainEqual({schema: 'public', name: 'Odd Table', kind: 'table', rows: 3});
	},
);

test('a pg_dumpall gives its databases with their rows, and its roles', async () => {
	const {databases, globals} = await summarise('cluster.sql');
	expect(databases.map(({name, rows}) => [name, rows])).toEqual([
		['odd "name"', 2],
		['shop', 77],
	]);
	expect(globals).toHaveLength(1);
});

test('a dump of INSERTs says nothing about rows', async () => {
	const {databases} = await summarise('inserts.sql');
	expect(databases[0]).toMatchObject({rows: null, tables: null});
});
