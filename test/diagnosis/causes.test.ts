import {readdirSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {causes} from '../../source/diagnosis/causes.js';
import {diagnose} from '../../source/diagnosis/diagnose.js';
import type {CauseCases} from './cause-cases.js';

const files = (folder: string, ending: string) =>
	readdirSync(new URL(folder, import.meta.url))
		.filter(name => name.endsWith(ending))
		.map(name => name.slice(0, -ending.length))
		.sort();
const labels = causes.map(cause => cause.label).sort();

it('registers every cause file, and every cause has cases of its own', () => {
	expect(labels).toEqual(files('../../source/diagnosis/causes', '.ts'));
	expect(labels).toEqual(files('causes', '.cases.ts'));
	expect(new Set(labels).size).toBe(labels.length);
});

it('explains only causes that exist', () => {
	expect(causes.flatMap(cause => cause.explains ?? []).filter(label => !labels.includes(label))).toEqual([]);
});

const cases = await Promise.all(
	labels.map(async label => {
		const module: {readonly cases: CauseCases} = await import(`./causes/${label}.cases.ts`);
		return [label, module.cases] as const;
	}),
);

describe.each(cases)('%s', (label, {finds, leaves}) => {
	it.each(finds)('is named for %s', (_name, evidence) => {
		const [first] = diagnose(evidence);
		expect(first?.cause).toBe(label);
		expect(first?.summary).toMatch(/\w+ \w+.*\.$/s);
		expect(first?.evidence.length).toBeGreaterThan(0);
		expect(first?.fixes[0]?.destructive).toBe(false);
	});

	it.each(leaves)('is not named first for %s', (_name, evidence, instead) => {
		expect(diagnose(evidence)[0]?.cause ?? null).toBe(instead);
	});
});
