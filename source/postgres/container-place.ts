import {setTimeout as delay} from 'node:timers/promises';
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
	(
		cat <&3 &
		input=$!
		trap 'kill "$input"; wait "$input"; exit 0' TERM
		exec 3<&-
		wait "$input"
		kill "$program"
		exit 0
	) >/dev/null 2>&1 &
	watcher=$!
	exec 3<&-
	wait "$program"
	code=$?
	kill "$watcher" 2>/dev/null
	wait "$watcher"
	exit "$code"
fi
exec "$@"
`;

/**
 * Ends all marked processes, children before their parents. In the usual image the server itself is process 1 and inherits every orphan: one that
 * dies by a signal counts as a crashed backend, and the server then ends all sessions and recovers. So nobody may become an orphan by our hand:
 * a process is signalled only while it has no marked child, and its parent gets a moment to reap it. TERM at first, KILL for what stays.
 */
const endByMark = `
marked() {
	for entry in /proc/[0-9]*; do
		if tr '\\0' '\\n' < "$entry/environ" 2>/dev/null | grep -q "^LIFEBOAT_RUN=$LIFEBOAT_MARK"; then
			parent=$(sed -n 's/^PPid:[[:space:]]*//p' "$entry/status" 2>/dev/null)
			echo "\${entry#/proc/} $parent"
		fi
	done
}
round=0
quiet=0
while [ "$round" -lt 60 ]; do
	round=$((round + 1))
	list=$(marked)
	if [ -z "$list" ]; then
		# A command that was cut off while it was being started shows up a moment later: look again.
		quiet=$((quiet + 1))
		[ "$quiet" -ge 2 ] && exit 0
	else
		quiet=0
		signal=TERM
		[ "$round" -gt 15 ] && signal=KILL
		parents=" $(echo "$list" | cut -d ' ' -f 2 | tr '\\n' ' ') "
		for process in $(echo "$list" | cut -d ' ' -f 1); do
			case "$parents" in
				*" $process "*) ;;
				*) kill "-$signal" "$process" 2>/dev/null ;;
			esac
		done
	fi
	sleep 0.2 2>/dev/null || sleep 1
done
exit 1
`;

const cleanUpTimeoutMs = 15_000;
const restartPauseMs = 2000;

/** Client programs inside a container, by `docker exec -i`: never a pseudo-terminal, which would change the bytes. */
export function createContainerPlace(options: ContainerPlaceOptions): Place {
	const {processes, docker, containerId, name} = options;
	const asUser = options.systemUser === undefined ? [] : ['--user', options.systemUser];
	const description = options.throwaway ? `the helper container ${name}` : `the container ${name}`;

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
				await processes.run(
					'docker',
					['exec', ...asUser, '-e', `LIFEBOAT_MARK=${mark}`, containerId, 'sh', '-c', endByMark],
					{timeoutMs: cleanUpTimeoutMs},
				);
			} catch {
				// The container or the engine is gone, and the processes with it.
			}
		},

		async explainLoss() {
			try {
				let details = await docker.inspectContainer(containerId);
				if (details !== undefined && !details.state.running) {
					// In the middle of a restart it is down for a moment.
					await delay(restartPauseMs);
					details = await docker.inspectContainer(containerId);
				}

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
