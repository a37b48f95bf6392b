import type {Cause, Sign} from '../cause.js';
import {chownMount} from '../fixes/database.js';
import {log} from '../pattern.js';
import {isTroubled, type View} from '../view.js';

export const volumePermission: Cause = {
	label: 'volume-permission',
	layer: 'database',
	signatures: [
		{
			match: log`data directory "[^"]+" has (?:invalid permissions|wrong ownership|group or world access)`,
			certainty: 0.97,
		},
		{
			match: log`has group or world access|Permissions should be u=rwx|The server must be started by the user that owns the data directory`,
			certainty: 0.95,
		},
		{
			match: log`initdb: (?:error: )?could not (?:change permissions of|create|access|open) (?:directory|file) "[^"]+": (?:Operation not permitted|Permission denied)`,
			certainty: 0.97,
		},
		{
			match: log`(?:chown|chmod|mkdir|find|touch)(?: \w+)*: (?:changing (?:ownership|permissions) of |cannot (?:create directory|access|read directory|touch|open) |can't create directory )?[‘'"\x60]?(?<path>[^\s'"’:]+)['"’]?: (?:Operation not permitted|Permission denied)`,
			certainty: 0.85,
		},
		{
			match: log`could not (?:open|create|write|read|access|rename|remove|link|stat|fsync) (?:to )?(?:file|directory|lock file|configuration file)?[^\n]{0,3}"[^"]+": (?:Permission denied|Read-only file system)`,
			certainty: 0.9,
		},
		{
			match: log`(?:EACCES|EPERM): (?:permission denied|operation not permitted), (?:open|mkdir|unlink|rename|scandir|copyfile|rmdir|stat|access|chmod|chown|lstat|symlink|utime)[^\n]{0,10}'(?<path>[^']+)'`,
			certainty: 0.86,
		},
		{
			match: log`PermissionError: \[Errno 13\] Permission denied: '(?<path>[^']+)'|(?:mkdir|open|stat|unlink|chmod|rename) (?<path2>/[\w./-]+): (?:permission denied|operation not permitted|read-only file system)|Errno::EACCES|AccessDeniedException: (?<path3>/\S+)|(?:is not writable|not writeable|cannot write to|no write (?:permission|access))[^\n]{0,60}|file_put_contents\([^)]+\): Failed to open stream: Permission denied|The stream or file "[^"]+" could not be opened in append mode`,
			certainty: 0.82,
		},
		{
			match: log`Can't open the append-only file[^\n]{0,30}Permission denied|Failed opening the (?:temp )?RDB file [^\n]{0,80}Permission denied`,
			certainty: 0.6,
		},
	],
	look: view => [...findForeignOwner(view), ...findForeignMount(view)],
	explains: ['db-host-unresolvable', 'db-not-ready', 'healthcheck-broken', 'cache-persist-failed'],
	explain: ({service, captures}) =>
		`The user inside of ${service} may not use its folder${captures['path'] ? ` ${captures['path']}` : ''}: owner or mode are wrong, or the file system does not know owners.`,
	fixes: situation => [chownMount(situation)],
};

/** The data belongs to somebody else than the server's user, which the entry point of the image would have changed had it been allowed to. */
function findForeignOwner(view: View): Sign[] {
	return (
		view.evidence.servers
			.filter(
				server => server.ready !== true && server.dataOwner && server.serverUser && isTroubled(view, server.service),
			)
			.map(server => ({...server, runsAs: userOf(view, server.service) ?? server.serverUser ?? ''}))
			// 01777 is what the image gives the empty folder: its entry point narrows it at the first start.
			.filter(({dataMode}) => dataMode !== '01777')
			.filter(
				({dataOwner, dataMode, runsAs}) =>
					dataOwner?.split(':')[0] !== runsAs.split(':')[0] || /[2367][0-7]$|[0-7][2367]$/.test(dataMode ?? ''),
			)
			.map(({service, dataOwner, dataMode, runsAs}) => ({
				service,
				certainty: 0.6,
				source: `data of ${service}`,
				text: `the folder belongs to ${dataOwner} with mode ${dataMode}; the server runs as ${runsAs}`,
			}))
	);
}

/** The user by number that the compose file names; root changes to the image's own user. */
function userOf(view: View, name: string): string | undefined {
	const user = view.services.find(({service}) => service === name)?.user ?? '';
	return /^[1-9]\d*(?::\d+)?$/.test(user) ? user : undefined;
}

function findForeignMount(view: View): Sign[] {
	return view.databases.flatMap(database =>
		database.mounts
			.filter(
				mount =>
					mount.type === 'bind' &&
					/postgres/.test(mount.target ?? '') &&
					mount.owner &&
					!/^(?:999|70|26|1001|100\d{3,})\b/.test(mount.owner) &&
					database.state !== 'running',
			)
			.map(mount => ({
				service: database.service,
				certainty: 0.7,
				source: `mounts of ${database.service}`,
				text: `${mount.source} belongs to ${mount.owner}`,
				captures: {path: mount.source ?? ''},
			})),
	);
}
