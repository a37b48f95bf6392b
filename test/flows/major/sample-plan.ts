import type {MovePlan} from '../../../source/flows/major/plan.js';
import {serverWith, serviceWith, stackWith} from '../stack-fixture.js';

/** A plan from 17 to 18 as `prepareMajor` makes it; `change` replaces what a test is about. */
export function samplePlan(change: Partial<MovePlan> = {}): MovePlan {
	const stack = stackWith({databases: [serverWith({freeBytes: 40e9})], services: [serviceWith('app')]});
	return {
		kind: 'major',
		action: 'move',
		id: '20260614t020000z',
		stack,
		service: 'postgres',
		old: {
			major: 17,
			image: 'postgres:17',
			runs: 'sha256:0017',
			containerId: 'c0ffee',
			cannotStart: false,
			dataFolder: '/var/lib/postgresql/data',
			mount: {type: 'volume', name: 'pgdata', target: '/var/lib/postgresql/data', source: 'clerq_pgdata'},
			place: {type: 'volume', source: 'clerq_pgdata'},
			networks: ['clerq_default'],
			ownPgdata: null,
			systemUser: '',
			user: 'clerq',
			database: 'clerq',
		},
		next: {
			major: 18,
			image: 'postgres:18',
			from: 'registry',
			place: {type: 'volume', source: 'clerq_pgdata_18'},
			volume: {key: 'pgdata_18', name: null},
			target: '/var/lib/postgresql',
			shmBytes: 268_435_456,
		},
		databases: [
			{name: 'clerq', sizeBytes: 846e6},
			{name: 'postgres', sizeBytes: 7.7e6},
		],
		extensions: [
			{name: 'plpgsql', version: '1.0', databases: ['clerq'], offered: '1.0'},
			{name: 'vector', version: '0.8.0', databases: ['clerq'], offered: '0.8.1'},
		],
		template: [],
		sizeBytes: 854e6,
		neededBytes: 1481e6,
		freeBytes: 40e9,
		backup: null,
		backupAnswers: {verify: false, output: null},
		writers: {writers: [{service: 'app', containerIds: ['a1']}], poolers: []},
		start: [],
		watch: [{name: 'app', healthUrl: 'http://localhost:3000/', usualStatus: 200, required: true}],
		edit: {
			files: [],
			diff: [
				'--- docker-compose.yml',
				'+++ docker-compose.yml',
				'@@ line 3 @@',
				'   postgres:',
				'-    image: postgres:17',
				'+    image: postgres:18',
				'     restart: unless-stopped',
				'@@ line 10 @@',
				'     volumes:',
				'-      - pgdata:/var/lib/postgresql/data',
				'+      - pgdata_18:/var/lib/postgresql',
				'     healthcheck:',
			],
		},
		targetAfter: stack.target,
		jobs: 2,
		healthTimeoutMs: 180_000,
		warnings: [],
		...change,
	};
}
