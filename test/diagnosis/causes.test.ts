import {readdirSync} from 'node:fs';
import {expect, it} from 'vitest';
import {causes} from '../../source/diagnosis/causes.js';

const files = (folder: string, ending: string) =>
	readdirSync(new URL(folder, import.meta.url))
		.filter(name => name.endsWith(ending))
		.map(name => name.slice(0, -ending.length))
		.sort();

it('registers every cause file, and every cause has a test of its own', () => {
	const labels = causes.map(cause => cause.label).sort();
	expect(labels).toEqual(files('../../source/diagnosis/causes', '.ts'));
	expect(labels).toEqual(files('causes', '.test.ts'));
	expect(new Set(labels).size).toBe(labels.length);
});

it('explains only causes that exist', () => {
	const labels = new Set(causes.map(cause => cause.label));
	expect(causes.flatMap(cause => cause.explains ?? []).filter(label => !labels.has(label))).toEqual([]);
});
