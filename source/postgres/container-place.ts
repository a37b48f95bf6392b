import type {Docker, Processes} from '../engine/types.js';
import {AppError, isAppError, toAppError} from '../errors.js';
import type {Place, PlaceOptions} from './place.js';

export type ContainerPlaceOptions = {
	readonly processes: Processes;
	readonly docker: Pick<Docker, 'inspectContainer'>;
	readonly containerId: string;
	readonly name: string;
	/** User of the container's system to run as; absent for the image's own. */
	readonly systemUser?: string | undefined;
	/** When the container was started (ISO time): a later start means that it was restarted under us. */
	readonly startedAt: string | null;
	/** True when the container is ours and goes away with the place. */
	readonly throwaway?: boolean | undefined;
};

/**
 * Runs before every client program in a container: forgets what the container's own PG* variables would change, finds the programs where
 * they are not on PATH, and takes the server's password from the container's own environment or secret file when none was handed in.
 * A tethered program is watched over: the engine closes the input of an exec when whoever asked for it is gone, but does not end the program.
 */
const preparation = `
unset PGHOST PGHOSTADDR PGUSER PGDATABASE PGSERVICE PGSERVICEFILE PGAPPNAME PGOPTIONS PGCLIENTENCODING PGSSLMODE PGTZ PGDATESTYLE PGTARGETSESSIONATTRS
[ -n "$PG_MAJOR" ] && [ -d "/usr/lib/postgresql/$PG_MAJOR/bin" ] && PATH="/usr/lib/postgresql/$PG_MAJOR/bin:$PATH"
if ! command -v "$1" >/dev/null 2>&1; then
	for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/bitnami/postgresql/bin /usr/local/pgsql/bin /usr/libexec/postgresql*; do
		[ -x "$folder/$1" ] && PATH="$folder:$PATH"
	done
fi
if [ -z "$PGPASSWORD" ]; then
	PGPASSWORD="\${POSTGRES_PASSWORD:-$POSTGRESQL_PASSWORD}"
	for file in "$POSTGRES_PASSWORD_FILE" "$POSTGRESQL_PASSWORD_FILE"; do
		[ -z "$PGPASSWORD" ] && [ -n "$file" ] && [ -r "$file" ] && PGPASSWORD="$(cat "$file")"
	done
fi
if [ -n "$PGPASSWORD" ]; then export PGPASSWORD; else unset PGPASSWORD; fi
if [ -n "$LIFEBOAT_OPTIONS" ]; then PGOPTIONS="$LIFEBOAT_OPTIONS"; export PGOPTIONS; fi
if [ -n "$LIFEBOAT_ENCODING" ]; then PGCLIENTENCODING="$LIFEBOAT_ENCODING"; export PGCLIENTENCODING; fi
export PATH
if [ -n "$LIFEBOAT_TETHERED" ]; then
	unset LIFEBOAT_TETHERED
	exec 3<&0
	"$@" </dev/null 3<&- &
	program=$!
	{ cat <&3; kill "$program"; } >/dev/null 2>&1 &
	watcher=$!
	exec 3<&-
	wait "$program"
	code=$?
	kill "$watcher" 2>/dev/null
	exit "$code"
fi
exec "$@"
`;

/** A program's environment is readable for its own user alone, but that is who we are; argv of `pg_restore -f` carries no name to search for. */
const endByMark = `
for process in /proc/[0-9]*; do
	if tr '\\0' '\\n' < "$process/environ" 2>/dev/null | grep -q "^LIFEBOAT_RUN=$LIFEBOAT_MARK"; then
		kill "-$1" "\${process#/proc/}" 2>/dev/null && echo ended
	fi
done
`;

const cleanUpTimeoutMs = 15_000;

/** Client programs inside a container, by `docker exec -i`: never a pseudo-terminal, which would change the bytes. */
export function createContainerPlace(options: ContainerPlaceOptions): Place {
	const {processes, docker, containerId, name} = options;
	const asUser = options.systemUser === undefined ? [] : ['--user', options.systemUser];
	const description = options.throwaway ? `the helper container ${name}` : `the container ${name}`;

	const signalMarked = async (mark: string, signal: 'TERM' | 'KILL'): Promise<boolean> => {
		const args = [
			'exec',
			...asUser,
			'-e',
			`LIFEBOAT_MARK=${mark}`,
			containerId,
			'sh',
			'-c',
			endByMark,
			'lifeboat',
			signal,
		];
		const result = await processes.run('docker', args, {timeoutMs: cleanUpTimeoutMs});
		return result.stdout.includes('ended');
	};

	return {
		description,
		containerId,

		commandFor(program, args, run) {
			return {
				command: 'docker',
				args: [
					'exec',
					'-i',
					...asUser,
					...environmentFlags(run),
					containerId,
					'sh',
					'-c',
					preparation,
					'lifeboat',
					program,
					...args,
				],
				env: {PGPASSWORD: run.password},
			};
		},

		async endProcesses(mark) {
			try {
				// A command that was cut off while it was being started shows up a moment later: look twice.
				const first = await signalMarked(mark, 'TERM');
				await delay(first ? 500 : 200);
				await signalMarked(mark, 'KILL');
			} catch {
				// The container or the engine is gone, and the processes with it.
			}
		},

		async explainLoss() {
			try {
				const details = await docker.inspectContainer(containerId);
				if (details === undefined)
					return new AppError('container-stopped', `The container ${name} was removed while it was in use`, {
						hint: 'Start the stack, then try again',
						fix: ['docker', 'compose', 'up', '-d'],
					});
				if (details.state.oomKilled && !details.state.running)
					return stopped(`The container ${name} was ended because it ran out of memory`);
				if (!details.state.running)
					return stopped(
						`The container ${name} stopped while it was in use (${details.state.status}, exit code ${details.state.exitCode})`,
					);
				if (options.startedAt !== null && details.state.startedAt !== options.startedAt)
					return stopped(`The container ${name} was restarted while it was in use`);
				return undefined;
			} catch (error) {
				return isAppError(error) ? error : toAppError(error);
			}
		},

		async dispose() {
			if (!options.throwaway) return;
			try {
				await processes.run('docker', ['rm', '--force', '--volumes', containerId], {timeoutMs: cleanUpTimeoutMs});
			} catch {
				// It removes itself when its time is up.
			}
		},
	};
}

function environmentFlags(run: PlaceOptions): string[] {
	return [
		'-e',
		'LC_ALL=C',
		'-e',
		`LIFEBOAT_RUN=${run.mark}`,
		// Without a value: docker takes it from its own environment, where `ps` does not show it.
		...(run.password === undefined ? [] : ['-e', 'PGPASSWORD']),
		...(run.serverOptions === undefined ? [] : ['-e', `LIFEBOAT_OPTIONS=${run.serverOptions}`]),
		...(run.database === undefined ? [] : ['-e', `LIFEBOAT_DATABASE=${run.database}`]),
		...(run.encoding === undefined ? [] : ['-e', `LIFEBOAT_ENCODING=${run.encoding}`]),
		...(run.tethered ? ['-e', 'LIFEBOAT_TETHERED=1'] : []),
	];
}

function stopped(message: string): AppError {
	return new AppError('container-stopped', message, {
		hint: 'Look at the log of the database, start it, then try again',
		fix: ['docker', 'compose', 'up', '-d'],
	});
}

function delay(milliseconds: number): Promise<void> {
	return new Promise(resolve => {
		setTimeout(resolve, milliseconds);
	});
}
