import type {DataMount, Stack} from './stack.js';

/** The document of `detect --json`. Holds names of secrets, never values. */
export function stackToJson(stack: Stack): Readonly<Record<string, unknown>> {
	return {
		ok: true,
		project: stack.project,
		directory: stack.directory,
		composeFiles: stack.composeFiles,
		envFiles: stack.envFiles,
		upgradeMode: stack.upgradeMode,
		databases: stack.databases.map(database => ({
			service: database.service,
			image: database.image,
			major: database.major,
			serverVersion: database.serverVersion,
			user: database.user,
			database: database.database,
			databases: database.databases,
			passwordSource: database.passwordSource,
			state: database.state,
			health: database.health,
			sizeBytes: database.sizeBytes,
			extensions: database.extensions,
			dataMount: mountToJson(database.dataMount),
			replica: database.replica,
			superuser: database.superuser,
			freeBytes: database.freeBytes,
		})),
		external: stack.external,
		services: stack.services.map(service => ({
			name: service.name,
			role: service.role,
			stopForRestore: service.stopForRestore,
			oneShot: service.oneShot,
			image: service.image,
			build: service.build,
			state: service.state,
			health: service.health,
			ports: service.ports,
			healthUrl: service.healthUrl,
		})),
		durable: stack.durable.map(({service, type, name, target}) => ({service, type, name, target})),
		secrets: stack.secrets,
		secretFiles: stack.secretFiles,
		warnings: stack.warnings,
		engineReached: stack.engineReached,
		source: stack.source,
	};
}

/** An anonymous volume is a volume without a name. */
function mountToJson(mount: DataMount) {
	const type = mount.type === 'anonymous' ? 'volume' : mount.type;
	return {type, name: mount.name, target: mount.target, ...(mount.source ? {source: mount.source} : {})};
}
