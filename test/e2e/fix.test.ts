import {chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, expect, test} from 'vitest';
import {type Checksums, readChecksums} from '../lab/checksums.js';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {attempt} from '../lab/run.js';
import {runLifeboat, startLifeboat} from './lifeboat.js';

type Finding = {readonly cause: string; readonly fixes: readonly {readonly id: string}[]};

describeLab('fixes, on Clerq', () => {
	const settings = mkdtempSync(join(tmpdir(), 'lifeboat-fix-'));
	let stack: LabStack;
	let rows: Checksums;
	let env: string;
	const dotenv = () => join(stack.directory, '.env');
	const override = () => join(stack.directory, 'docker-compose.override.yml');
	const options = () => ({cwd: stack.directory, env: {LIFEBOAT_CONFIG_DIR: settings}});
	const compose = (...args: readonly string[]) => attempt(['docker', 'compose', ...args], {cwd: stack.directory});
	const lifeboat = async (...args: readonly string[]) => {
		const {exitCode, stdout, stderr} = await runLifeboat([...args, '--json'], options());
		return {exitCode, document: JSON.parse(stdout), text: `${stdout}\n${stderr}`};
	};
	const causes = async () => {
		const {document} = await lifeboat('troubleshoot');
		return document.findings.map((finding: Finding) => finding.cause);
	};
	/** The tables alone: a fix may change a role or a setting of the database. */
	const readRows = async () =>
		Object.fromEntries(
			Object.entries(await readChecksums(query => stack.sql(query))).filter(([name]) => name !== 'roles'),
		);
	const verifier = () => stack.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'clerq'");
	const copies = () => readdirSync(stack.directory).filter(name => name.includes('.before-'));

	beforeAll(async () => {
		stack = await startStack('clerq');
		env = readFileSync(dotenv(), 'utf8');
		rows = await readRows();
	});
	afterEach(async () => {
		for (const name of copies()) rmSync(join(stack.directory, name));
		rmSync(override(), {force: true});
		writeFileSync(dotenv(), env, {mode: 0o600});
		chmodSync(dotenv(), 0o600);
		await stack.sql("ALTER ROLE clerq PASSWORD 'clerq'");
		await compose('up', '-d');
		await stack.waitHealthy();
	});
	afterAll(() => stack?.remove());

	test('a password out of step: the role gets that of the application; killed in the middle it is taken back', async () => {
		await stack.sql("ALTER ROLE clerq PASSWORD 'from-another-time'");
		const former = await verifier();
		await compose('restart', 'app');
		await offered('align-role-password');

		const plan = await lifeboat('troubleshoot', '--fix', 'align-role-password', '--dry-run');
		expect(plan.exitCode).toBe(0);
		expect(plan.text).not.toContain('SCRAM-SHA-256$');
		expect(await verifier()).toBe(former);

		const refused = await lifeboat('troubleshoot', '--fix', 'align-role-password');
		expect(refused).toMatchObject({exitCode: 2, document: {error: {code: 'confirmation-missing'}}});

		const {child, finished} = startLifeboat(['troubleshoot', '--fix', 'align-role-password', '--yes'], options());
		await reached('starting');
		child.kill('SIGKILL');
		await finished;
		expect(await verifier()).not.toBe(former);
		expect((await lifeboat('rollback', '--yes')).document).toMatchObject({
			ok: true,
			operation: 'fix',
			action: 'undone',
		});
		expect(await verifier()).toBe(former);

		const fixed = await lifeboat('troubleshoot', '--fix', 'align-role-password', '--yes');
		expect(fixed).toMatchObject({exitCode: 0, document: {ok: true, fixed: true, rolledBack: false, findings: []}});
		await stack.waitHealthy();
		expect(await readRows()).toEqual(rows);
	});

	test('a weak secret: a new one stands in its place, comments, order and mode stay, the former text beside it', async () => {
		const weak = env.replace(
			/^BETTER_AUTH_SECRET=.*$/m,
			'# signs sessions\nBETTER_AUTH_SECRET="aaaaaaaaaaaa" # make it longer',
		);
		writeFileSync(dotenv(), weak);
		chmodSync(dotenv(), 0o640);
		await compose('up', '-d', 'app');
		await offered('generate-secret');

		const fixed = await lifeboat('troubleshoot', '--fix', 'generate-secret', '--yes');
		expect(fixed).toMatchObject({exitCode: 0, document: {ok: true, changed: ['.env'], recreated: ['app']}});
		const text = readFileSync(dotenv(), 'utf8');
		const secret = /^BETTER_AUTH_SECRET="([A-Za-z0-9+/]{43}=)" # make it longer$/m.exec(text)?.[1] ?? '';
		expect(secret).toHaveLength(44);
		expect(fixed.text).not.toContain(secret);
		expect(text.replace(secret, 'aaaaaaaaaaaa')).toBe(weak);
		expect(statSync(dotenv()).mode & 0o777).toBe(0o640);
		expect(copies().map(name => readFileSync(join(stack.directory, name), 'utf8'))).toEqual([weak]);
		expect(await causes()).toEqual([]);
	});

	test('a fix that does not help is taken back: files, mode, services', async () => {
		const weak = env.replace(/^BETTER_AUTH_SECRET=.*$/m, 'BETTER_AUTH_SECRET=aaaaaaaaaaaa');
		writeFileSync(dotenv(), weak);
		// The variable of the env file never reaches the server: what is changed there cannot help.
		const stubborn = 'services: {app: {command: ["sh", "-c", "BETTER_AUTH_SECRET=short exec node server.js"]}}\n';
		writeFileSync(override(), stubborn);
		await compose('up', '-d', 'app');
		await offered('generate-secret');

		const failed = await lifeboat('troubleshoot', '--fix', 'generate-secret', '--yes');
		expect(failed).toMatchObject({exitCode: 1, document: {ok: false, rolledBack: true, error: {code: 'fix-failed'}}});
		expect(readFileSync(dotenv(), 'utf8')).toBe(weak);
		expect(statSync(dotenv()).mode & 0o777).toBe(0o600);
		expect(readFileSync(override(), 'utf8')).toBe(stubborn);
		expect(copies()).toEqual([]);
		await stack.waitHealthy();
		expect(await compose('exec', '-T', 'app', 'printenv', 'BETTER_AUTH_SECRET')).toMatchObject({
			stdout: 'aaaaaaaaaaaa',
		});
	});

	test('a password with reserved characters: its encoded form gets a variable of its own, in the override of the clone', async () => {
		const password = 'p@ss/w:rd#1';
		await stack.sql(`ALTER ROLE clerq PASSWORD '${password}'`);
		writeFileSync(dotenv(), env.replace(/^POSTGRES_PASSWORD=.*$/m, `POSTGRES_PASSWORD='${password}'`));
		await compose('up', '-d');
		await offered('encode-password');

		const fixed = await lifeboat('troubleshoot', '--fix', 'encode-password', '--yes');
		expect(fixed).toMatchObject({exitCode: 0, document: {ok: true, fixed: true}});
		expect(fixed.text).not.toContain(password);
		expect(fixed.text).not.toContain(encodeURIComponent(password));
		expect(readFileSync(dotenv(), 'utf8')).toContain(`POSTGRES_PASSWORD='${password}'`);
		expect(readFileSync(override(), 'utf8')).toContain(':${POSTGRES_PASSWORD_ENCODED}@postgres:5432');
		expect(await readRows()).toEqual(rows);
	});

	test('a port that another program has: the next free one, and the public address follows', async () => {
		const port = await listen();
		const taken = String(port.number);
		writeFileSync(
			dotenv(),
			env.replace(/^APP_PORT=.*$/m, `APP_PORT=${taken}`).replace(/^(BETTER_AUTH_URL=.*):\d+$/m, `$1:${taken}`),
		);
		await compose('up', '-d');
		try {
			await offered('change-port');
			const fixed = await lifeboat('troubleshoot', '--fix', 'change-port', '--yes');
			expect(fixed).toMatchObject({exitCode: 0, document: {ok: true, changed: ['.env']}});
			const text = readFileSync(dotenv(), 'utf8');
			const [, now] = /^APP_PORT=(\d+)$/m.exec(text) ?? [];
			expect(now).not.toBe(taken);
			expect(text).toContain(`BETTER_AUTH_URL=http://localhost:${now}\n`);
			expect((await fetch(`http://localhost:${now}/api/trpc/health.ping`)).status).toBe(200);
		} finally {
			port.server.close();
		}
	});

	test('what no finding offers and what only a person can do is refused before anything happens', async () => {
		const nothing = await lifeboat('troubleshoot', '--fix', 'start-database', '--yes');
		expect(nothing).toMatchObject({exitCode: 3, document: {ok: false, error: {code: 'preflight-failed'}}});
		expect(existsSync(override())).toBe(false);
		expect(readFileSync(dotenv(), 'utf8')).toBe(env);
	});

	/** Resolves when the diagnosis offers the fix. */
	async function offered(fix: string): Promise<void> {
		for (let attempts = 0; attempts < 20; attempts++) {
			const {document} = await lifeboat('troubleshoot');
			if (document.findings.some((finding: Finding) => finding.fixes.some(({id}) => id === fix))) return;
			await sleep(3000);
		}

		throw new Error(`${fix} is not offered for ${await causes()}`);
	}

	/** Resolves when the journal is in that phase. */
	async function reached(phase: string): Promise<void> {
		const folder = join(settings, 'journal');
		for (let attempts = 0; attempts < 1200; attempts++) {
			const names = existsSync(folder) ? readdirSync(folder).filter(name => name.endsWith('.json')) : [];
			if (names.some(name => readFileSync(join(folder, name), 'utf8').includes(`"phase": "${phase}"`))) return;
			await sleep(50);
		}

		throw new Error(`the fix never came to ${phase}`);
	}
});

function listen(): Promise<{readonly server: Server; readonly number: number}> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '0.0.0.0', () => {
			const address = server.address();
			resolve({server, number: typeof address === 'object' && address !== null ? address.port : 0});
		});
	});
}
