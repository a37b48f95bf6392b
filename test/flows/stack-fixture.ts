import type {DatabaseServer, Stack, StackService} from '../../source/stack/stack.js';

/** A running stack with one PostgreSQL server, as detection describes it; `change` replaces what a test is about. */
export function stackWith(change: Partial<Stack> = {}): Stack {
	return {
		project: 'clerq',
		directory: '/srv/clerq',
		target: {files: [], profiles: [], envFiles: [], cwd: '/srv/clerq'},
		composeFiles: ['docker-compose.yml'],
		envFiles: ['.env'],
		secretFiles: [],
		upgradeMode: 'build',
		databases: [serverWith()],
		external: [],
		services: [serviceWith('app')],
		durable: [],
		secrets: [],
		warnings: [],
		reasons: [],
		engineReached: true,
		source: 'model',
		...change,
	};
}

export function serverWith(change: Partial<DatabaseServer> = {}): DatabaseServer {
	return {
		service: 'postgres',
		containerId: 'c0ffee',
		image: 'postgres:17',
		major: 17,
		serverVersion: '17.6',
		user: 'clerq',
		database: 'clerq',
		databases: ['clerq'],
		passwordSource: 'dotenv',
		state: 'running',
		health: 'healthy',
		sizeBytes: 886_145,
		extensions: ['plpgsql'],
		dataMount: {type: 'volume', name: 'pgdata', target: '/var/lib/postgresql/data'},
		replica: false,
		superuser: true,
		freeBytes: null,
		server: null,
		...change,
	};
}

export function serviceWith(name: string, change: Partial<StackService> = {}): StackService {
	return {
		name,
		role: 'app',
		stopForRestore: true,
		oneShot: false,
		image: null,
		build: true,
		state: 'running',
		health: null,
		exitCode: null,
		restartCount: 0,
		ports: [],
		healthUrl: null,
		containerIds: [],
		dependsOn: [],
		connectionVariables: [],
		...change,
	};
}
