import {makeFix, recreate} from './steps.js';

export const startDocker = makeFix('start-docker', 'Start the engine', () => [
	'sudo systemctl enable --now docker, or start Docker Desktop',
	'Check which engine is meant: docker context ls, echo $DOCKER_HOST',
]);

export const joinDockerGroup = makeFix('join-docker-group', 'Let your user use the engine', () => [
	'sudo usermod -aG docker $USER, then sign in again (this group is as good as root), or use sudo for each command',
]);

export const updateDocker = makeFix('update-docker', 'Update the engine and libseccomp', () => [
	'Update docker and libseccomp2 of the host; until then use an image on an older base (for example -bullseye instead of the newest)',
]);

export const setPlatform = makeFix('set-platform', 'Use an image for this CPU', situation => [
	`Choose a tag of ${situation.service}'s image that exists for this CPU (docker manifest inspect IMAGE), or build it here`,
	'As a stopgap, slowly by emulation: platform: linux/amd64 with qemu installed',
]);

export const setCpuModel = makeFix('set-cpu-model', 'Give the machine a newer CPU model', () => [
	'Set the CPU type of the virtual machine to host (or x86-64-v2) and start it again',
	'On old hardware: use an image tag built for the older baseline',
]);

export const convertCrlf = makeFix('convert-crlf', 'Convert the script to LF line ends', situation => [
	'sed -i "s/\\r$//" on the script, and *.sh text eol=lf into .gitattributes',
	`Build again: docker compose build ${situation.service}`,
	recreate(situation),
]);

export const raiseMemory = makeFix('raise-memory', 'Give it more memory or let it use less', situation => [
	`Raise the memory limit of ${situation.service} or the memory of the machine; lower the number of workers (or shared_buffers and work_mem of the database)`,
	recreate(situation),
]);

export const raiseHeap = makeFix('raise-heap', 'Raise the heap of the runtime', situation => [
	'NODE_OPTIONS=--max-old-space-size=2048 (Java: -Xmx2g), below the memory limit of the container; a build from source wants 4 GB, or use the ready-made image',
	recreate(situation),
]);

export const findKiller = makeFix('find-killer', 'Find out who ended it', situation => [
	`docker events --since 1h --filter container=${situation.service}; look for an update tool, a stop with too short a grace period, and the kernel log (journalctl -k | grep -i oom)`,
	'Raise stop_grace_period when the service needs longer to stop',
]);

export const repairHealthcheck = makeFix('repair-healthcheck', 'Check health with what the image has', situation => [
	`See what the check says: docker inspect -f '{{json .State.Health}}' CONTAINER`,
	'Use a tool that the image carries (wget, node, pg_isready) and a start_period; a service that is waited for with service_healthy needs a healthcheck',
	recreate(situation),
]);

export const quietHealthcheck = makeFix(
	'quiet-healthcheck',
	'Let the health check use the real user and database',
	situation => [
		`test: ["CMD-SHELL", "pg_isready -U $$POSTGRES_USER -d $$POSTGRES_DB"] on ${situation.database}`,
		`docker compose up -d ${situation.database}`,
	],
);

export const createHostFile = makeFix('create-host-file', 'Put the file where the mount expects it', situation => [
	'Stop the service, remove the empty folder that Docker may have made in its place, and create the file, from its sample or from a backup',
	recreate(situation),
]);

export const createNetwork = makeFix(
	'create-network',
	({captures}) => `Create the network ${captures['network'] ?? ''}`.trim(),
	({captures}) => [
		`docker network create ${captures['network'] ?? 'NAME'}, or start the stack that owns it first`,
		'docker compose up -d',
	],
);

export const joinNetwork = makeFix('join-network', 'Put application and database into one network', situation => [
	`Add the network of ${situation.database} (often default) to networks: of ${situation.service}; a service that lists networks loses the default one`,
	recreate(situation),
]);

export const repairHostName = makeFix('repair-host-name', 'Correct the host name', situation => [
	`Compare the host in the connection string of ${situation.service} with docker compose config --services`,
	`Start the service if it is not running (docker compose up -d ${situation.database}); a profile may keep it out`,
	recreate(situation),
]);

export const startCache = makeFix(
	'start-cache',
	({captures}) => `Start ${captures['host'] ?? 'the cache'}`,
	({captures, service}) => [
		`docker compose up -d --wait ${captures['host'] ?? 'CACHE'}`,
		`docker compose restart ${service}`,
	],
);

export const pruneNetworks = makeFix('prune-networks', 'Free an address range', () => [
	'docker network prune removes networks that no container uses; close a VPN that takes the private ranges',
	'Or set default-address-pools in /etc/docker/daemon.json',
]);

export const sameProject = makeFix('use-same-project', 'Work on the project that owns the container', ({captures}) => [
	`See whose it is: docker inspect -f '{{index .Config.Labels "com.docker.compose.project.working_dir"}}' ${captures['container'] ?? 'CONTAINER'}`,
	'Run Compose from that folder, or with the same project name (-p); a new project would start with an empty volume',
	'Or stop it there: docker compose down (never with -v)',
]);

export const changePort = makeFix(
	'change-port',
	({captures}) => `Use another host port than ${captures['port'] ?? 'this one'}`,
	situation => [
		`See who has it: ss -ltnp or docker ps --filter publish=${situation.captures['port'] ?? 'PORT'}`,
		'Change the host side only, for example 5433:5432, or do not publish the database at all; connection strings inside of the stack stay as they are',
		'docker compose up -d',
	],
);

export const correctImage = makeFix('correct-image', 'Use a tag that exists', () => [
	'Look at the tags of the image in its registry and write one that exists; sign in with docker login for a private one',
	'docker compose up -d',
]);

export const signInRegistry = makeFix('sign-in-registry', 'Sign in at the registry, or wait', () => [
	'docker login (also for root, or in the tool that pulls), then pull again; the limit ends after some hours',
]);

export const restoreCacheImage = makeFix(
	'restore-cache-image',
	'Go back to the image that wrote the cache’s file',
	() => [
		'Set the image of the cache back to the version (or the fork) that it had before, and start it',
		'If it only holds a cache or a queue that may be lost: move dump.rdb away and start the new image',
	],
);

export const repairCacheStorage = makeFix('repair-cache-storage', 'Let the cache write its file again', () => [
	'Look into the log of the cache: full disk, wrong owner of its folder, or a port 6379 open to the world',
	'Repair that, and never publish 6379',
]);
