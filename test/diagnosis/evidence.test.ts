import {expect, it} from 'vitest';
import {parseEvidence} from '../../source/diagnosis/evidence.js';
import {isAppError} from '../../source/errors.js';

it('takes missing, null and unknown fields', () => {
	const evidence = parseEvidence(
		JSON.stringify({
			format: 'lifeboat-evidence',
			version: 1,
			project: null,
			services: [
				{service: 'web', role: 'something-new', state: null, environment: null, log: null, later: {a: 1}},
				{service: 'db', environment: {PORT: 5432, EMPTY: null}, log: 'one\ntwo', mounts: null},
			],
			compose: null,
			future: true,
		}),
		'case.json',
	);
	expect(evidence.services.map(({service, log, environment}) => ({service, log, environment}))).toEqual([
		{service: 'web', log: [], environment: {}},
		{service: 'db', log: ['one', 'two'], environment: {PORT: '5432'}},
	]);
	expect(evidence.compose).toEqual([]);
	expect(evidence.probes).toEqual([]);
});

it.each([
	['no JSON', 'oops'],
	['another format', '{"format":"other","version":1}'],
	['another version', '{"format":"lifeboat-evidence","version":2}'],
	['no object', '[]'],
])('refuses %s', (_name, content) => {
	let thrown: unknown;
	try {
		parseEvidence(content, 'case.json');
	} catch (error) {
		thrown = error;
	}

	expect(isAppError(thrown, 'bundle-unreadable') && thrown.message).toContain('case.json is not an evidence file');
});
