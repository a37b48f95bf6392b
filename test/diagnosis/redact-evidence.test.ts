import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.js';
import {evidenceSchema, parseEvidence} from '../../source/diagnosis/evidence.js';
import {redactEvidence} from '../../source/diagnosis/redact-evidence.js';
import {reportTroubles} from '../../source/flows/troubleshoot-report.js';

const secret = 'Vx93-kettle-Qm71pz';
const address = 'jo.doe@example.org';

/** A secret in every field that holds text. */
const seeded = evidenceSchema.parse({
	format: 'lifeboat-evidence',
	version: 1,
	project: 'shop',
	collectedAt: '2026-06-01T10:00:00Z',
	services: [
		{
			service: 'web',
			role: 'app',
			image: `registry.example.org/shop?token=${secret}`,
			state: 'restarting',
			exitCode: 1,
			environment: {
				DATABASE_URL: `postgres://shop:${secret}@db:5432/shop`,
				POSTGRES_PASSWORD: secret,
				OPTIONS: `--password ${secret}`,
				CONFIG: `smtp:\n  password: ${secret}\n`,
				PRIVATE: `-----BEGIN PRIVATE KEY-----\n${secret}\n-----END PRIVATE KEY-----`,
				ADMIN_EMAIL: address,
			},
			log: [
				`connecting to postgres://shop:${secret}@db:5432/shop`,
				`Cookie: session=${secret}`,
				`{"err":{"message":"login failed","password":"${secret}"}}`,
				`Authorization: Bearer ${secret}`,
				`plain ${secret}`,
				`encoded ${encodeURIComponent(`${secret}&`)} ${Buffer.from(secret).toString('base64')}`,
				'-----BEGIN RSA PRIVATE KEY-----',
				secret,
				'-----END RSA PRIVATE KEY-----',
				`error: password authentication failed for user "shop" ${address}`,
			],
			container: 'shop-web-1',
			stateError: `cannot start: ${secret}`,
			healthLog: [{exitCode: 1, output: `curl -u shop:${secret} http://localhost`}],
			healthCommand: `redis-cli -a ${secret} ping`,
			mounts: [{type: 'bind', source: `/srv/${secret}`, target: '/data'}],
			earlierLogs: [[`PGPASSWORD=${secret} psql`]],
		},
	],
	compose: [`pulling with ${secret}`],
	engine: [`docker login -p ${secret}`],
	composeFindings: [{file: 'compose.yml', message: `password: ${secret}`}],
	envFiles: [
		{path: '.env', exists: true, findings: [{line: 1, variable: 'A', kind: 'dollar', message: `A=${secret}`}]},
	],
	servers: [{service: 'db', settings: {ssl_passphrase_command: `echo ${secret}`}}],
	probes: [{service: 'web', variable: 'DATABASE_URL', step: 'auth', ok: false, detail: `refused for ${secret}`}],
	publicUrl: `https://shop:${secret}@shop.example.org`,
});

describe('redactEvidence', () => {
	const redacted = redactEvidence(seeded);
	const text = JSON.stringify(redacted);

	it('lets no secret out of any field', () => {
		expect(JSON.stringify(seeded)).toContain(secret);
		expect(text).not.toContain(secret);
		expect(text).not.toContain(Buffer.from(secret).toString('base64'));
		expect(text).not.toContain(address);
	});

	it('stays an evidence file that says the same', () => {
		const again = parseEvidence(text, 'case.json');
		expect(again.services[0]?.environment['DATABASE_URL']).toBe('postgres://shop:***@db:5432/shop');
		expect(diagnose(again)[0]?.cause).toBe('db-auth-failed');
		expect(redactEvidence(again)).toEqual(again);
	});

	it('erases host names on request', () => {
		const without = JSON.stringify(redactEvidence(seeded, [], {hosts: ['shop.example.org', 'registry.example.org']}));
		expect(without).not.toContain('example.org');
	});

	it('knows secrets from elsewhere', () => {
		expect(JSON.stringify(redactEvidence(seeded, ['/data']))).not.toContain('"/data"');
	});
});

it('a report on evidence that was never redacted holds no secret', () => {
	expect(JSON.stringify(reportTroubles(seeded))).not.toContain(secret);
});
