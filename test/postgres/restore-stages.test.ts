import {spawnSync} from 'node:child_process';
import {existsSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {ArchiveEntry} from '../../source/postgres/archive.js';
import {findLate, inStages} from '../../source/postgres/restore-stages.js';

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

	it('leaves a view that waits for a key with the rows, and its index', () => {
		const view = entry(4, 'MATERIALIZED VIEW', [1, 2]);
		const data = entry(6, 'MATERIALIZED VIEW DATA', [4, 5]);
		expect(findLate({entries: [data, entry(5, 'INDEX', [4]), view, key, users]})).toEqual([]);
	});

	it('puts off what needs the rows of a view, and what needs that in turn', () => {
		const data = entry(6, 'MATERIALIZED VIEW DATA', [1]);
		const statistics = entry(7, 'STATISTICS DATA', [6]);
		const entries = [
			users,
			entry(8, 'RULE', [7]),
			statistics,
			data,
			entry(9, 'ACL', [8], false),
			entry(10, 'INDEX', [1]),
		];
		expect(findLate({entries}).toSorted((a, b) => a - b)).toEqual([7, 8, 9]);
	});

	it('puts off what runs beside its own reason', () => {
		const view = entry(4, 'MATERIALIZED VIEW DATA', [3]);
		expect(findLate({entries: [users, key, foreignKey, view]})).toEqual([4]);
		expect(
			findLate({entries: [users, key, entry(4, 'MATERIALIZED VIEW DATA', [1]), entry(5, 'FK CONSTRAINT', [4])]}),
		).toEqual([5]);
	});
});

/** Lists what an archive holds as the real one does, tells what it is asked to restore, and fails at the entry `$FAIL_AT`. */
const program = `#!/bin/sh
list() { printf ';\\n; Archive created at 2026-06-14\\n%s\\n' "$@"; }
case "$*" in
*--list*--section=pre-data*) list '10; 1259 1 TABLE public a o' '11; 0 0 ACL public TABLE a o' ;;
*--list*--section=data*) list '12; 0 16384 TABLE DATA public a o' ;;
*--list*--section=post-data*)
	list '20; 1259 1 INDEX public i o' '21; 2606 2 CONSTRAINT public a c o' '22; 2606 3 FK CONSTRAINT public a f o' '23; 0 0 COMMENT public CONSTRAINT f ON a o' \\
		'24; 2620 4 TRIGGER public a FK CONSTRAINT o' '25; 1259 5 INDEX public late o' '26; 0 6 MATERIALIZED VIEW DATA public v o' '27; 1259 6 MATERIALIZED VIEW public v o' ;;
*)
	line="$*" entries=
	for word in "$@"; do
		case "$word" in --use-list=*) entries=$(sed '/^;/d; s/;.*//' "\${word#--use-list=}" | tr '\\n' ' ') ;; esac
	done
	case "$line" in *--section*--no-acl*) entries="definitions without grants" ;; esac
	echo "jobs $(expr "$line" : '.*--jobs=\\([0-9]*\\)'): $entries"
	case " $entries" in *" $FAIL_AT "*) exit 7 ;; esac
	;;
esac
`;

describe.skipIf(!existsSync('/proc/self/fd'))('inStages', () => {
	let folder = '';
	beforeAll(() => {
		folder = mkdtempSync(join(tmpdir(), 'lifeboat-stages-'));
		writeFileSync(join(folder, 'pg_restore'), program, {mode: 0o755});
	});
	afterAll(() => rmSync(folder, {recursive: true, force: true}));

	const restore = (mode: string, failAt = 'never', late = '25') => {
		const args = ['-c', inStages('/archive'), 'sh', mode, '--jobs=2', late, '--jobs=4'];
		const env = {...process.env, PATH: `${folder}:${process.env['PATH']}`, LIFEBOAT_DATABASE: 'a', FAIL_AT: failAt};
		const {status, stdout, stderr} = spawnSync('sh', args, {env, encoding: 'utf8'});
		expect(stderr).toBe('');
		return {status, runs: stdout.trim().split(/ *\n */)};
	};

	it('restores definitions, then rows with all that is theirs, then keys beside views, then what waits for them', () => {
		const {status, runs} = restore('stages');
		expect(status).toBe(0);
		expect(runs.slice(0, 2)).toEqual(['jobs 4: definitions without grants', 'jobs 4: 12 11 20 21 24 27']);
		expect(runs.slice(2, 4).toSorted()).toEqual(['jobs 2: 22', 'jobs 2: 26']);
		expect(runs.slice(4)).toEqual(['jobs 4: 23 25']);
	});

	it('gives all jobs to what runs alone', () => {
		expect(restore('stages', 'never', '25|26').runs.slice(2)).toEqual(['jobs 4: 22', 'jobs 4: 23 25 26']);
		expect(restore('stages', 'never', '22').runs.slice(2)).toEqual(['jobs 4: 26', 'jobs 4: 23 22']);
	});

	it.each(['12', '22', '26', '25'])(
		'ends with the exit code of the stage that fails, and begins none after it (%s)',
		failAt => {
			const {status, runs} = restore('stages', failAt);
			expect(status).toBe(7);
			expect(runs).toHaveLength({12: 2, 25: 5}[failAt] ?? 4);
		},
	);

	it('restores in one go when it is told to', () => {
		expect(restore('whole')).toEqual({status: 0, runs: ['jobs 4:']});
	});
});
