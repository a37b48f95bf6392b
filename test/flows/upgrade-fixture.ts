import {type UpgradeAnswers, upgradeAnswersSchema} from '../../source/flows/upgrade/answers.js';
import type {UpgradeFacts} from '../../source/flows/upgrade/facts.js';
import type {Stack} from '../../source/stack/stack.js';
import {serverWith, serviceWith, stackWith} from './stack-fixture.js';

/** 2026-06-14 02:00 UTC. */
const night = Date.UTC(2026, 5, 14, 2, 0, 0);

export const clerqStack: Stack = stackWith({
	services: [
		serviceWith('app', {containerIds: ['a1'], healthUrl: 'http://localhost:3000/api/health', dependsOn: ['migrate']}),
		serviceWith('migrate', {role: 'migrate', oneShot: true, state: 'exited', exitCode: 0}),
		serviceWith('postgres', {role: 'database', build: false, image: 'postgres:17', containerIds: ['p1']}),
	],
	databases: [serverWith({sizeBytes: 886_145, freeBytes: 40e9})],
});

export function answersWith(change: Partial<UpgradeAnswers> = {}): UpgradeAnswers {
	return upgradeAnswersSchema.parse(change);
}

const image = {
	isOwn: true,
	hasContainer: true,
	reference: null,
	nextReference: null,
	build: true,
	runningReference: 'clerq-app',
	runningImageId: 'sha256:aaaaaaaaaaaaaaaa',
	runningDigest: null,
	runningBytes: 230e6,
	remoteDigest: null,
} as const;

/** A release of Clerq from git, with commits, migrations, notes and a new variable; `change` replaces what a test is about. */
export function factsWith(change: Partial<UpgradeFacts> = {}): UpgradeFacts {
	return {
		now: night,
		alone: null,
		repository: {
			root: '/srv/clerq',
			branch: 'main',
			from: {revision: 'a6c51f0aa0b1c2d3e4f5', version: 'v2.3.1'},
			to: {revision: 'f24e5ea3b0b1c2d3e4f5', version: 'v2.4.0'},
			commits: [
				{revision: 'f24e5ea3b0b1c2d3e4f5', subject: 'Release v2.4.0'},
				{revision: 'c04ad3234fb1c2d3e4f5', subject: 'Sign the links in mails'},
				{revision: '0c1f64e0a9b1c2d3e4f5', subject: 'Keep VAT numbers of clients'},
			],
			localChanges: [],
			changedComposeFiles: ['docker-compose.yml'],
			changedEnvExamples: ['.env.example'],
			migrations: {added: ['0003_vat_numbers'], changed: [], tools: ['drizzle']},
			notes: ['## 2.4.0', '- VAT numbers of clients.', '- Mails have signed links: set LINK_KEY.'],
			relation: 'ahead',
			conflicts: [],
		},
		images: [
			{...image, service: 'app'},
			{...image, service: 'migrate', runningReference: 'clerq-migrate'},
		],
		environment: [
			{
				example: '.env.example',
				envFile: '.env',
				variables: [
					{name: 'LINK_KEY', example: '', comment: 'Signs the links in mails.', file: '.env.example'},
					{name: 'MAIL_FROM', example: 'clerq@localhost', comment: null, file: '.env.example'},
				],
			},
		],
		added: [],
		refusal: null,
		majorJumps: [],
		backup: null,
		writers: {writers: [{service: 'app', containerIds: ['a1']}], poolers: []},
		migrate: ['migrate'],
		watch: [{name: 'app', healthUrl: 'http://localhost:3000/api/health', usualStatus: 200, required: true}],
		engineFreeBytes: 40e9,
		...change,
	};
}
