import {stat} from 'node:fs/promises';
import {basename, resolve} from 'node:path';
import type {ModelMount, ModelService} from './compose-model.js';
import {describeDataMount, writtenBind} from './database-servers.js';
import {isBelow} from './paths.js';
import {isDataTarget} from './postgres-signals.js';
import type {DurableStorage, Reason} from './stack.js';
import type {StackFacts} from './stack-facts.js';

export type StorageVerdict = {readonly keep: boolean; readonly rule: string; readonly text: string};

type StorageRule = {
	readonly rule: string;
	readonly keep: boolean;
	readonly find: (mount: ModelMount, service: ModelService, facts: StackFacts) => string | undefined;
};

const systemPath =
	/^\/(?:etc|proc|sys|dev|run|lib|lib\/modules|usr|boot|bin|sbin)(?:\/|$)|^\/var\/(?:run|lib\/docker|log|lib\/kubelet)(?:\/|$)|^\/$/;
const socketPath = /\.sock(?:et)?$/;
const keyFile = /\.(?:p12|pfx|pem|key|crt|cer|jks|keystore)$/i;
const configurationFile =
	/\.(?:conf|cfg|cnf|ini|ya?ml|toml|json5?|env|properties|xml|sh|bash|sql|js|mjs|cjs|ts|py|rb|php|lua|html?|css|template|tmpl|tpl|hcl|md|txt|rules|acl|config|Caddyfile)$/i;
const providedFolder =
	/(?:^|\/)(?:docker-entrypoint-\w+(?:\.d)?|init(?:-scripts|db(?:\.d)?)?|dynamicconfig|conf\.d|entrypoint|scripts)\/?$/;
const keyFolder = /(?:^|\/)(?:certs?|certificates?|keys|tls|ssl|pki)$/i;
const sourceFolder = /(?:^|\/)(?:src|node_modules|code|migrations?|docker-entrypoint-\w+(?:\.d)?)(?:\/|$)|^\/usr\//;
/** Only the last parts: the folders above them may be called anything. */
const wordsOf = (mount: ModelMount) => `${basename(mount.source ?? '')} ${basename(mount.target)}`;

/** The first rule that holds decides; what none holds for is kept, as an unknown folder that is written to may be all that a user has. */
export const storageRules: readonly StorageRule[] = [
	{
		rule: 'not-on-disk',
		keep: false,
		find: ({type}) => (type === 'volume' || type === 'bind' ? undefined : `${type} is not kept`),
	},
	{
		rule: 'engine-or-system',
		keep: false,
		find: mount =>
			mount.type === 'bind' &&
			(socketPath.test(mount.source ?? '') || socketPath.test(mount.target) || systemPath.test(mount.source ?? ''))
				? 'belongs to the machine'
				: undefined,
	},
	{
		rule: 'postgres-data',
		keep: false,
		find: (mount, service, facts) => {
			if (!facts.servers.has(service.name)) return undefined;
			const data = describeDataMount(service, facts);
			const isOther =
				mount.type === 'volume' && mount.target !== data.target && !isDataTarget(mount.target, service.environment);
			return isOther && !/run|sock|backup|dump|wal|archive|initdb|tmp|log/i.test(mount.target)
				? undefined
				: 'the server is backed up by a dump';
		},
	},
	{
		rule: 'postgres-data-elsewhere',
		keep: false,
		find: (mount, _service, {model, servers}) =>
			model.services.some(
				other =>
					servers.has(other.name) &&
					other.mounts.some(own => own.source === mount.source && isDataTarget(own.target, other.environment)),
			)
				? "the server's own data folder"
				: undefined,
	},
	{
		rule: 'key-file',
		keep: true,
		find: mount => (mount.type === 'bind' && keyFile.test(mount.source ?? '') ? 'a key or a certificate' : undefined),
	},
	{
		rule: 'key-folder',
		keep: true,
		find: (mount, service, {software}) =>
			mount.type === 'bind' && keyFolder.test(mount.source ?? '') && !software.has(service.name)
				? 'keys and certificates'
				: undefined,
	},
	{
		rule: 'certificates',
		keep: true,
		find: mount =>
			/(?:^|[-_./])(?:letsencrypt|lets-encrypt|acme|certs?|certificates?)(?:$|[-_./])/i.test(
				wordsOf(mount).replaceAll(' ', '/'),
			) && !mount.readOnly
				? 'certificates, which are issued only so often'
				: undefined,
	},
	{
		rule: 'own-configuration',
		keep: true,
		find: (mount, service, {software, directory}) =>
			mount.type === 'bind' &&
			mount.readOnly &&
			service.build === null &&
			isBelow(directory, mount.source ?? '') &&
			!/\.\w+$/.test(basename(mount.source ?? '')) &&
			!sourceFolder.test(mount.target) &&
			!software.has(service.name)
				? "the operator's own settings of an application"
				: undefined,
	},
	{
		rule: 'read-only',
		keep: false,
		find: mount => (mount.type === 'bind' && mount.readOnly ? 'only read by the service' : undefined),
	},
	{
		rule: 'configuration-file',
		keep: false,
		find: mount =>
			mount.type === 'bind' && (configurationFile.test(mount.source ?? '') || configurationFile.test(mount.target))
				? 'a configuration file'
				: undefined,
	},
	{
		rule: 'configuration-folder',
		keep: false,
		find: (mount, service, {software}) => {
			if (mount.type !== 'bind') return undefined;
			const isProvided = software.has(service.name) && /^\/(?:etc|usr|opt)\//.test(mount.target);
			return isProvided || providedFolder.test(mount.target)
				? 'configuration that comes with the compose file'
				: undefined;
		},
	},
	{
		rule: 'source-code',
		keep: false,
		find: (mount, service, {directory}) => {
			if (mount.type !== 'bind' || mount.source === null) return undefined;
			if (contains(mount.source, directory)) return 'the project directory itself';
			if (service.build === null) return undefined;
			const context = resolve(directory, service.build.context);
			const isOwn = context !== resolve(directory) && contains(context, mount.source);
			return isOwn || /(?:^|\/)(?:src|node_modules|code|app)$/.test(mount.target)
				? 'source code of what is built here'
				: undefined;
		},
	},
	{
		rule: 'rebuildable-kind',
		keep: false,
		find: (_mount, service, {software}) => {
			const known = software.get(service.name);
			return known !== undefined &&
				['cache', 'pooler', 'queue', 'search', 'monitoring', 'exporter', 'proxy', 'admin', 'utility', 'mail'].includes(
					known.kind,
				)
				? `${known.text}: what it keeps can be made again`
				: undefined;
		},
	},
	{
		rule: 'dependencies',
		keep: false,
		find: mount =>
			/node_modules|\/\.(?:next|cache|npm|cargo|gradle|m2|venv)(?:\/|$)|\/target$|\/vendor(?:\/bundle)?$/.test(
				mount.target,
			)
				? 'made by the build'
				: undefined,
	},
	{
		rule: 'rebuildable-name',
		keep: false,
		find: mount =>
			/(?:^|[^a-z])(?:logs?|cache|caches|tmp|temp|static(?:files)?|assets|celery-?beat|sockets?|run|geoip|dependencies|models?-cache|build-cache)(?:$|[^a-z])/i.test(
				wordsOf(mount),
			) ||
			/^\/(?:(?:tmp|var\/(?:log|cache))(?:\/[^/]*)?|(?:var\/)?run(?:\/.*)?)$/.test(
				mount.type === 'bind' ? '' : mount.target.replace(/^\/var\/tmp\/.*/, ''),
			) ||
			/(?:^|[a-z_-])(?:logs?|cache)$/i.test(basename(mount.source ?? ''))
				? 'named for what is made again'
				: undefined,
	},
	{
		rule: 'kept',
		keep: true,
		find: (mount, service, {software}) => {
			const known = software.get(service.name);
			return known?.kind === 'other-database' || known?.kind === 'object-store'
				? `${known.text}: its data`
				: `${service.name} writes to ${mount.target}`;
		},
	},
];

/** Does a mount hold what a backup needs besides the dumps? */
export function judgeStorage(mount: ModelMount, service: ModelService, facts: StackFacts): StorageVerdict {
	for (const {rule, keep, find} of storageRules) {
		const text = find(mount, service, facts);
		if (text !== undefined) return {keep, rule, text};
	}

	return {keep: true, rule: 'kept', text: 'unknown storage'};
}

/** Volumes and binds that must be in a backup besides the dumps, each once with the service that owns it best. */
export async function findDurableStorage(
	facts: StackFacts,
	isBystander: (service: string) => boolean,
): Promise<{readonly durable: readonly DurableStorage[]; readonly reasons: readonly Reason[]}> {
	const durable = new Map<string, DurableStorage>();
	const reasons: Reason[] = [];
	const ordered = facts.model.services.toSorted((a, b) => Number(isBystander(a.name)) - Number(isBystander(b.name)));
	const refused = new Set<string>();
	for (const service of ordered) {
		for (const mount of service.mounts) {
			if (mount.source === null) continue;
			const key = `${mount.type}:${mount.source}`;
			const verdict = await refineByDisk(judgeStorage(mount, service, facts), mount);
			const name =
				mount.type === 'bind'
					? writtenBind(mount.source, mount.target, facts.raw.services.get(service.name) ?? [], facts.raw.variables)
					: mount.source;
			reasons.push({
				subject: service.name,
				rule: `storage-${verdict.rule}`,
				text: `${name} ${verdict.keep ? 'is kept' : 'is left out'}: ${verdict.text}`,
			});
			if (!verdict.keep) {
				if (verdict.rule === 'rebuildable-kind') refused.add(key);
				continue;
			}

			if (durable.has(key) || refused.has(key)) continue;
			durable.set(key, {
				service: service.name,
				type: mount.type === 'bind' ? 'bind' : 'volume',
				name,
				target: mount.target,
				source: mount.type === 'bind' ? mount.source : (facts.model.volumes[mount.source] ?? null),
			});
		}
	}

	const kept = [...durable.values()];
	const isInside = ({type, source}: DurableStorage) =>
		type === 'bind' && kept.some(other => other.type === 'bind' && isBelow(other.source ?? '', source ?? ''));
	return {durable: kept.filter(storage => !isInside(storage)), reasons};
}

/** A bind without an ending may be a file: then it is configuration, unless it is a key. */
async function refineByDisk(verdict: StorageVerdict, mount: ModelMount): Promise<StorageVerdict> {
	if (!verdict.keep || mount.type !== 'bind' || verdict.rule !== 'kept' || mount.source === null) return verdict;
	if (/\.(?:db|sqlite3?|dat|kdbx)$/i.test(mount.source)) return verdict;
	try {
		const found = await stat(mount.source);
		if (found.isFile()) return {keep: false, rule: 'configuration-file', text: 'a single file'};
	} catch {
		// Made at the first start, or on another machine: a name with an ending is a file.
		if (/^[^.]+\.\w{2,5}$/.test(basename(mount.source)) && basename(mount.target).includes('.'))
			return {keep: false, rule: 'configuration-file', text: 'a single file'};
	}

	return verdict;
}

const contains = (folder: string, path: string) => resolve(folder) === resolve(path) || isBelow(folder, path);
