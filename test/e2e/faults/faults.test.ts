import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../../lab/describe-lab.js';
import type {Checksums} from '../../lab/lab.js';
import {applicationFaults} from './application-faults.js';
import {type Bench, commentLines, openBench} from './bench.js';
import {cacheFaults} from './cache-faults.js';
import {composeFaults} from './compose-faults.js';
import {connectionFaults} from './connection-faults.js';
import type {Fault} from './fault.js';
import {loginFaults} from './login-faults.js';
import {migrationFaults} from './migration-faults.js';
import {serverFaults} from './server-faults.js';
import {expectCleanBundle, seedSecrets} from './support-bundle.js';

const groups: Readonly<Record<string, readonly Fault[]>> = {
	connection: connectionFaults,
	login: loginFaults,
	application: applicationFaults,
	server: serverFaults,
	cache: cacheFaults,
	compose: composeFaults,
	migrations: migrationFaults,
};

/** LIFEBOAT_FAULTS=all puts in every one; the word of a group, of a name or a cause picks some; else those that are not rare. */
const wanted = process.env['LIFEBOAT_FAULTS'] ?? '';
const isWanted = (fault: Fault, group: string) =>
	wanted === ''
		? !fault.rare
		: wanted === 'all' || wanted === group || fault.name.includes(wanted) || fault.cause === wanted;

/** A role whose password was set anew has another verifier, with the same password. */
const rowsOf = (checksums: Checksums, brings?: RegExp) =>
	Object.fromEntries(Object.entries(checksums).filter(([object]) => object !== 'roles' && !brings?.test(object)));

describeLab('faults put into Clerq', () => {
	let bench: Bench;

	beforeAll(async () => {
		bench = await openBench('clerq');
	});
	afterAll(() => bench?.remove());

	const expectHealthy = async () => {
		const {exitCode, document} = await bench.lifeboat('troubleshoot');
		expect(document).toMatchObject({ok: true, findings: [], unexplained: []});
		expect(exitCode).toBe(0);
	};

	test('the healthy stack: no finding', expectHealthy);

	for (const [group, faults] of Object.entries(groups)) {
		for (const fault of faults.filter(one => isWanted(one, group))) {
			test(`${group}: ${fault.name}`, async () => {
				try {
					await fault.put(bench);
					await expectDiagnosis(fault, bench);
					if (fault.repair !== undefined) await expectRepair(fault, fault.repair, bench);
				} finally {
					// Whatever went wrong, the next fault finds a healthy stack.
					await Promise.resolve(fault.undo?.(bench)).finally(() => bench.putBack());
				}

				expect(rowsOf(await bench.stack.checksums())).toEqual(rowsOf(bench.rows));
			});
		}
	}

	test('a support bundle holds none of the secrets, whatever place they stand in', async () => {
		try {
			await seedSecrets(bench);
			await expectCleanBundle(bench);
		} finally {
			await bench.putBack();
		}
	});

	test('healthy again after all of them: no finding', expectHealthy);
});

async function expectDiagnosis(fault: Fault, bench: Bench): Promise<void> {
	const {exitCode, document} = await bench.lifeboat('troubleshoot');
	const said = JSON.stringify(document, null, '\t');
	const [first, ...others] = document.findings ?? [];
	expect(first, said).toMatchObject({cause: fault.cause, confidence: fault.confidence ?? 'high'});
	if (fault.service !== undefined) expect(first.service).toBe(fault.service);
	expect(first.evidence.map((line: {text: string}) => line.text).join('\n')).toMatch(fault.proof);
	for (const {cause} of others) expect(fault.notBeside ?? []).not.toContain(cause);
	const offered: readonly {id: string; destructive: boolean}[] = first.fixes;
	expect(offered[0]?.destructive).toBe(false);
	const fix = fault.repair ?? fault.fix;
	if (fix !== undefined) expect(offered.map(({id}) => id)).toContain(fix);
	expect({exitCode, ok: document.ok}).toEqual({exitCode: 4, ok: false});
}

/** Lifeboat's own repair: healthy, the same rows, the comments of the env file where they were. */
async function expectRepair(fault: Fault, repair: string, bench: Bench): Promise<void> {
	const answers = fault.answers?.(bench) ?? [];
	const {exitCode, document} = await bench.lifeboat('troubleshoot', '--fix', repair, '--yes', ...answers);
	const said = JSON.stringify(document.error ?? document, null, '\t');
	expect(document, said).toMatchObject({ok: true, fixed: true, findings: []});
	expect(exitCode).toBe(0);
	await bench.untilHealthy();
	if (!fault.isFirstStart)
		expect(rowsOf(await bench.stack.checksums(), fault.brings)).toEqual(rowsOf(bench.rows, fault.brings));
	const dotenv = await readFile(join(bench.directory, '.env'), 'utf8');
	for (const line of commentLines) expect(dotenv).toContain(line);
}
