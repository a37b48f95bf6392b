import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import type {GlobalOptions} from '../../source/commands/command.js';
import {runTroubleshoot} from '../../source/commands/troubleshoot-run.js';
import {createServices} from '../../source/create-services.js';
import type {HeadlessContext} from '../../source/headless.js';

const globals: GlobalOptions = {
	file: [],
	profile: [],
	envFile: [],
	json: true,
	yes: false,
	dryRun: false,
	quiet: false,
	verbose: false,
};

async function troubleshoot(evidence: object | undefined) {
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-troubleshoot-'));
	if (evidence) {
		const document = {format: 'lifeboat-evidence', version: 1, project: 'shop', ...evidence};
		writeFileSync(join(folder, 'case.json'), JSON.stringify(document));
	}

	const documents: Readonly<Record<string, unknown>>[] = [];
	const context: HeadlessContext = {
		services: createServices({}, folder),
		globals,
		signal: new AbortController().signal,
		say() {},
		answer(_text, document) {
			documents.push(document);
		},
	};
	const exitCode = await runTroubleshoot({arguments: [], options: {evidence: 'case.json'}}, context);
	return {exitCode, documents};
}

it('answers with one document and exit code 4 for a finding', async () => {
	const {exitCode, documents} = await troubleshoot({
		services: [{service: 'web', role: 'app', state: 'restarting', exitCode: 1, log: ['DATABASE_URL is not set.']}],
	});
	expect(exitCode).toBe(4);
	expect(documents).toEqual([
		expect.objectContaining({
			ok: false,
			findings: [
				expect.objectContaining({
					cause: 'db-url-missing',
					service: 'web',
					confidence: 'high',
					evidence: [{source: 'web log', text: 'DATABASE_URL is not set.'}],
				}),
			],
		}),
	]);
});

it('answers with exit code 0 for a healthy stack', async () => {
	const {exitCode, documents} = await troubleshoot({
		services: [{service: 'web', role: 'app', state: 'running', log: ['listening on :3000']}],
	});
	expect(exitCode).toBe(0);
	expect(documents[0]).toMatchObject({ok: true, findings: []});
});

it('says when the file cannot be read', async () => {
	await expect(troubleshoot(undefined)).rejects.toMatchObject({code: 'file-not-found'});
});
