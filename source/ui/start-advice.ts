import {AppError, type ErrorCode} from '../errors.js';

/** The machine that Lifeboat runs on. */
export type Machine = {readonly platform: string; readonly user: string};

type Advice = {readonly hint: string; readonly fix?: readonly string[]};

/** What to type when the edge that failed gave no advice of its own. */
function adviceFor(code: ErrorCode, machine: Machine): Advice | undefined {
	const isLinux = machine.platform === 'linux';
	switch (code) {
		case 'engine-unreachable':
			return isLinux
				? {hint: 'Start the engine, then press r.', fix: ['sudo', 'systemctl', 'start', 'docker']}
				: {hint: 'Start Docker Desktop, wait until it says that it is running, then press r.'};
		case 'engine-permission-denied':
			return {
				hint: 'Let your user talk to the engine, log out and in again, then start Lifeboat once more.',
				fix: ['sudo', 'usermod', '-aG', 'docker', machine.user],
			};
		case 'docker-cli-missing':
			return {hint: 'Install the docker command (https://docs.docker.com/engine/install/), then press r.'};
		case 'compose-missing':
			return isLinux
				? {
						hint: 'Install the Compose plugin, then press r.',
						fix: ['sudo', 'apt-get', 'install', 'docker-compose-plugin'],
					}
				: {hint: 'Update Docker Desktop: it brings Compose. Then press r.'};
		case 'compose-file-invalid':
			return {hint: 'Correct the file, then press r.', fix: ['docker', 'compose', 'config', '--quiet']};
		case 'stack-not-found':
			return {hint: 'Go to the folder of the compose file, or name it: lifeboat -f path/to/compose.yml'};
		default:
			return undefined;
	}
}

/** The error with a hint and a command for those that have none. */
export function withAdvice(error: AppError, machine: Machine): AppError {
	const advice = adviceFor(error.code, machine);
	if (!advice || (error.hint && error.fix)) return error;
	return new AppError(error.code, error.message, {
		hint: error.hint ?? advice.hint,
		fix: error.fix ?? advice.fix,
		details: error.details,
		cause: error,
	});
}
