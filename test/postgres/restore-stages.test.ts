import {describe, expect, it} from 'vitest';
import type {ArchiveEntry} from '../../source/postgres/archive.js';
import {findLate} from '../../source/postgres/restore-stages.js';

const entry = (id: number, kind: string, dependencies: readonly number[] = [], isPostData = true): ArchiveEntry => ({
	id,
	kind,
	schema: 'public',
	name: `${kind.toLowerCase()} ${id}`,
	owner: 'clerq',
	definition: '',
	hasData: false,
	isPostData,
	dependencies,
});

const users = entry(1, 'TABLE', [], false);
const key = entry(2, 'CONSTRAINT', [1]);
const foreignKey = entry(3, 'FK CONSTRAINT', [1, 2]);

describe('findLate', () => {
	it('leaves everything in the stage of its kind as long as what it needs is there by then', () => {
		const view = entry(4, 'MATERIALIZED VIEW', [1], false);
		const others = [view, entry(5, 'INDEX', [4]), entry(6, 'MATERIALIZED VIEW DATA', [4, 5]), entry(7, 'TRIGGER', [1])];
		expect(findLate({entries: [users, key, foreignKey, entry(8, 'COMMENT', [3]), ...others]})).toEqual([]);
	});

	it('puts off the index on a view that waits for a key, and what needs that index in turn', () => {
		const view = entry(4, 'MATERIALIZED VIEW', [1, 2]);
		const entries = [entry(6, 'INDEX ATTACH', [5]), entry(5, 'INDEX', [4]), view, key, users, entry(7, 'INDEX', [1])];
		expect(findLate({entries}).toSorted()).toEqual([5, 6]);
	});

	it('puts off what runs beside its own reason', () => {
		expect(findLate({entries: [users, key, foreignKey, entry(4, 'RULE', [3])]})).toEqual([4]);
		expect(findLate({entries: [users, entry(4, 'RULE', [1]), entry(5, 'FK CONSTRAINT', [1, 4])]})).toEqual([5]);
	});
});
