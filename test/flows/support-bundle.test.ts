import {mkdtemp, readFile, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {supportBundleFlow} from '../../source/flows/support-bundle.js';
import {saveEvidence} from '../../source/flows/troubleshoot/save-evidence.js';
import type {Services} from '../../source/services.js';
import {evidenceOf, service} from '../diagnosis/evidence-of.js';
import {stackWith} from './stack-fixture.js';

let folder: string;
beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'lifeboat-support-'));
});
afterAll(() => rm(folder, {recursive: true}));

const evidence = evidenceOf({
	services: [
		service('app', 'app', 'signed in with hunter2-and-more at clerq.ana-home.example', {
			environment: {DB_PASSWORD: 'hunter2-and-more', BETTER_AUTH_URL: 'https://clerq.ana-home.example'},
		}),
	],
});
const save = (hideHosts: boolean) =>
	saveEvidence(evidence, {file: `case-${hideHosts}.json`, cwd: folder, secrets: [], hideHosts});

test('the file is for its owner alone and holds no secret; names of hosts go where that is wanted', async () => {
	const [kept, hidden] = [await save(false), await save(true)];
	expect((await stat(kept)).mode & 0o777).toBe(0o600);
	expect(await readFile(kept, 'utf8')).not.toContain('hunter2-and-more');
	expect(await readFile(kept, 'utf8')).toContain('clerq.ana-home.example');
	expect(await readFile(hidden, 'utf8')).not.toContain('clerq.ana-home.example');
});

test('a folder that is not there is said, with what to do', async () => {
	const lost = saveEvidence(evidence, {file: 'nowhere/case.json', cwd: folder, secrets: [], hideHosts: true});
	await expect(lost).rejects.toMatchObject({code: 'output-unwritable'});
});

test('asks where and whether hosts shall show; needs no consent, for nothing is changed', async () => {
	const stack = stackWith();
	const services = {clock: {now: () => Date.parse('2026-06-14T02:00:00Z')}} as unknown as Services;
	const {signal} = new AbortController();
	const questions = await supportBundleFlow.questions(stack, {}, services, signal);
	expect(questions).toMatchObject([
		{id: 'file', initial: 'clerq-support-20260614T020000Z.json'},
		{id: 'hideHosts', initial: true},
	]);
	const plan = await supportBundleFlow.prepare(stack, {file: 'case.json', hideHosts: true}, services, signal);
	expect(supportBundleFlow.review(plan)).toMatchObject({needsConsent: false, destroys: []});
});
