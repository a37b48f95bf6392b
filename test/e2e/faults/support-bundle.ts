import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect} from 'vitest';
import type {Bench} from './bench.js';

/** Secrets by where they stand; each is found nowhere else. */
const seeds = {
	variable: 'Hx7-smtp/pass+word',
	literal: 'Kq93vv-literal-in-the-file',
	inUrl: 'p0cket:rocket-77',
	inJson: 'json-cl1ent-s3cret-0042',
	vendorKey: 'sk_live_4eC39HqLyjWDarjtT1zdp7dc',
	label: 'label-0f-the-backup-991',
	command: 'c0mmand-line-pw-123',
	healthCheck: 'h3althcheck-pw-456',
	file: 'f1le-token-ZZ81-aa77',
	unused: 'unused-but-t0ld-5150',
	inLog: 'just-in-the-l0g-8080',
};

const host = 'clerq.ana-home.example';
const mail = 'ana.kovac@clerq.example';

/** Puts a secret into every place that Lifeboat reads; the application says all of them aloud, in several spellings. */
export async function seedSecrets(bench: Bench): Promise<void> {
	await writeFile(join(bench.directory, 'token.txt'), `${seeds.file}\n`);
	await bench.setEnv('SMTP_PASSWORD', `'${seeds.variable}'`);
	await bench.setEnv('WEBHOOK_TOKEN', seeds.unused);
	await bench.setEnv('BETTER_AUTH_URL', `https://${host}`);
	const said = Object.values({...seeds, inLog: ''}).map(seed => `echo 'trying ${seed} for ${mail}'`);
	const spelt = [
		`node -e "console.log(encodeURIComponent(process.env.SMTP_PASSWORD), Buffer.from(process.env.SMTP_PASSWORD).toString('base64'), JSON.stringify({password: process.env.SMTP_PASSWORD}))"`,
		`echo 'password=${seeds.inLog}'`,
	];
	await bench.override({
		services: {
			app: {
				environment: {
					SMTP_PASSWORD: '${SMTP_PASSWORD}',
					ADMIN_PASSWORD: seeds.literal,
					QUEUE_URL: `redis://worker:${encodeURIComponent(seeds.inUrl)}@queue:6379/0`,
					OIDC_PROVIDERS: JSON.stringify([{id: 'home', client_secret: seeds.inJson}]),
					STRIPE_KEY: seeds.vendorKey,
				},
				labels: {'backup.password': seeds.label},
				secrets: ['token'],
				command: ['sh', '-c', [...said, ...spelt, `exec node server.js --smtp-password ${seeds.command}`].join('\n')],
				healthcheck: {
					test: ['CMD', 'curl', '-fsS', '-u', `ana:${seeds.healthCheck}`, 'http://localhost:3999/'],
					interval: '1s',
					retries: 2,
					start_period: '0s',
				},
			},
		},
		secrets: {token: {file: './token.txt'}},
	});
	await bench.compose('up', '-d');
	await bench.untilLog('app', /listening on port/);
	await bench.untilBroken('app');
}

/** Neither the bundle nor what was printed holds a secret, in any spelling; the bundle is diagnosed as the stack was. */
export async function expectCleanBundle(bench: Bench): Promise<void> {
	const file = join(bench.directory, 'case.json');
	const live = await bench.lifeboat('troubleshoot', '--save', file, '--hide-hosts');
	const bundle = await readFile(file, 'utf8');
	expect((await stat(file)).mode & 0o777).toBe(0o600);
	for (const text of [bundle, JSON.stringify(live.document), live.stderr]) {
		for (const [place, seed] of Object.entries(seeds)) {
			for (const spelling of [seed, encodeURIComponent(seed), Buffer.from(seed).toString('base64')])
				expect(text.includes(spelling) ? `${place}: ${spelling}` : 'clean').toBe('clean');
		}
	}

	expect(bundle).not.toContain(host);
	expect(bundle).not.toContain(mail);
	expect(bundle).toContain('listening on port');
	const again = await bench.lifeboat('troubleshoot', '--evidence', file);
	expect(again.document.findings.map((finding: {cause: string}) => finding.cause)).toEqual(
		live.document.findings.map((finding: {cause: string}) => finding.cause),
	);
}
