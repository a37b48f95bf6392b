import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {inspectPart} from '../../source/bundle/inspect.js';
import type {ManifestDatabase} from '../../source/bundle/manifest.js';
import {openBundle} from '../../source/bundle/read.js';
import {drive} from '../../source/operation.js';
import {createTestFolder, type SampleParts, sampleDatabase, writeSample} from './sample.js';

const root = await createTestFolder();
const fixtures = fileURLToPath(new URL('fixtures/', import.meta.url));
const read = (name: string) => readFileSync(join(fixtures, name));
const directory = Object.fromEntries(
	readdirSync(join(fixtures, 'directory')).map(name => [`databases/shop/${name}`, read(join('directory', name))]),
);

const forms: readonly (readonly [string, ManifestDatabase['dump'], SampleParts])[] = [
	...(['gzip', 'zstd', 'none'] as const).map(
		compression =>
			[
				`custom, ${compression}`,
				{path: 'databases/shop.dump', format: 'custom', compression, withoutOwners: false},
				{'databases/shop.dump': read(`custom-${compression}.dump`)},
			] as const,
	),
	[
		'plain, gzip',
		{path: 'databases/shop.sql.gz', format: 'plain', compression: 'gzip', withoutOwners: false},
		{'databases/shop.sql.gz': gzipSync(read('plain.sql'))},
	],
	['directory', {path: 'databases/shop', format: 'directory', compression: 'gzip', withoutOwners: false}, directory],
];

test.each(forms)('the rows of a dump inside a bundle are counted without PostgreSQL: %s', async (name, dump, parts) => {
	for (const encryption of [undefined, {passphrase: 'x'}]) {
		const {file} = await writeSample(join(root, `${name}-${encryption !== undefined}`.replaceAll(/\W/gu, '-')), {
			parts,
			encryption,
		});
		const bundle = await openBundle(file, {passphrase: 'x'});
		const facts = await drive(inspectPart(bundle, sampleDatabase({dump})), () => undefined);
		await bundle.close();
		const rows = facts.tables.filter(table => table.rows !== null).map(table => [table.name, table.rows]);
		expect(Object.fromEntries(rows)).toEqual({'Odd Table': 3, clients: 60, empty: 0, files: 4, parted_2026: 10});
	}
});
