import {randomBytes} from 'node:crypto';
import type {BundleWriter, FinishedBundle} from '../../bundle/bundle-writer.js';
import {cleanPartials} from '../../bundle/folder.js';
import type {ManifestContent, ManifestServer} from '../../bundle/manifest.js';
import {nameGlobalsPart} from '../../bundle/names.js';
import {createBundle} from '../../bundle/write.js';
import {isAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {dumpGlobals, type Globals} from '../../postgres/globals.js';
import type {Services} from '../../services.js';
import {removeThrowaways} from '../../stack/storage-archive.js';
import {version} from '../../version.js';
import {journalsOf} from '../journals.js';
import {verifyBackup} from '../verify.js';
import {addConfig} from './add-config.js';
import {addVolumes} from './add-volumes.js';
import {copyToRemote} from './copy-remote.js';
import {describeFlags, describeStack} from './describe-stack.js';
import {type DumpedDatabase, dumpDatabase} from './dump-database.js';
import {type OpenServer, openServer} from './open-servers.js';
import type {BackupResult} from './outcome.js';
import type {BackupPlan} from './plan.js';
import {readEncryptionKeys} from './read-key.js';
import {remember} from './remember.js';
import type {LeftOut} from './select-servers.js';

/** Makes a backup under the lock of the stack. Throws operation-under-way, which says who holds it, and what `makeBackup` throws. */
export async function* runBackup(plan: BackupPlan, services: Services, signal: AbortSignal): Operation<BackupResult> {
	const {project, directory} = plan.stack;
	const lock = await journalsOf(services).lock({project, directory}, `Backup of ${project}`);
	try {
		return yield* makeBackup(plan, services, signal);
	} finally {
		await lock.release();
	}
}

/**
 * Makes a backup as planned: one bundle that has its final name only when it is complete and was read back.
 * Whatever ends it (failure, cancel) leaves no file, no process in a container and no session on a server.
 * The caller holds the lock of the stack.
 */
export async function* makeBackup(plan: BackupPlan, services: Services, signal: AbortSignal): Operation<BackupResult> {
	const startedAt = services.clock.now();
	const encryption = await readEncryptionKeys(plan.encryption, services);
	yield* clearLeftovers(plan, services);
	const writer = await createBundle({
		folder: plan.output.directory,
		...(plan.output.name === null ? {} : {name: plan.output.name}),
		project: plan.stack.project,
		createdAt: startedAt,
		encryption,
		signal,
	});
	let finished: FinishedBundle;
	let content: BundleContent;
	try {
		content = yield* writeContent(plan, writer, services, signal);
		finished = yield* writer.finish(content.manifest);
	} finally {
		await writer.discard();
	}

	const result = describeResult(plan, finished, content.databases, Math.max(0, services.clock.now() - startedAt));
	remember(plan, result, startedAt, services);
	const proved = plan.verify ? yield* verifyNow(plan, finished.file, services, signal) : {};
	const copies: BackupResult['copies'][number][] = [];
	for (const remote of plan.copyTo)
		copies.push(yield* copyToRemote(finished.file, finished.bytes, remote, services, signal));
	return {...result, ...proved, copies};
}

/** Restores the backup into a throwaway server. A file that only others can open is not restored here, and says so. */
async function* verifyNow(
	plan: BackupPlan,
	file: string,
	services: Services,
	signal: AbortSignal,
): Operation<Partial<BackupResult>> {
	const {encryption} = plan;
	if (encryption.kind === 'recipients') {
		const message = 'The restore was not tried: the backup opens with a key that is not here';
		yield {type: 'warning', message, hint: 'Verify it where the key is: lifeboat verify FILE --identity KEYFILE'};
		return {verified: {level: 'checksums', ok: true, findings: [message]}};
	}

	const passphraseFile = encryption.kind === 'passphrase' && encryption.file !== null ? encryption.file : undefined;
	const keys = {identities: [], ...(passphraseFile === undefined ? {} : {passphraseFile})};
	const {level, findings} = yield* verifyBackup(file, plan.stack, keys, services, signal);
	return {verified: {level, ok: findings.length === 0, findings: findings.map(one => one.message)}};
}

/** What killed runs left behind; called under the lock of the stack. */
async function* clearLeftovers(plan: BackupPlan, services: Services): Operation<void> {
	const removed = await cleanPartials(plan.output.directory, services.clock.now());
	for (const name of removed)
		yield {type: 'warning', message: `An earlier backup was interrupted; its unfinished file ${name} is removed`};
	if (plan.volumes.length > 0) await removeThrowaways(services.processes, plan.stack.project);
}

type BundleContent = {
	readonly manifest: Omit<ManifestContent, 'createdAt'>;
	readonly databases: readonly BackupResult['databases'][number][];
};

async function* writeContent(
	plan: BackupPlan,
	writer: BundleWriter,
	services: Services,
	signal: AbortSignal,
): Operation<BundleContent> {
	const {stack} = plan;
	const operationId = `backup-${randomBytes(4).toString('hex')}`;
	const servers: DumpedServer[] = [];
	let description: ReturnType<typeof describeStack> | undefined;
	// What only describes the stack is asked while the first dump runs: before, it would keep the processor from what the dump waits for.
	const describe = () => {
		description ??= describeStack(stack, services, signal);
		return description;
	};
	for (const planned of plan.servers) {
		const open = await openServer(planned, plan.stack, operationId, services, signal);
		try {
			describe().catch(() => {});
			servers.push(yield* dumpServer(plan, open, writer, signal));
		} finally {
			await open.client.dispose();
		}
	}

	const config = yield* addConfig(stack, writer);
	const volumes = yield* addVolumes(plan.volumes, stack.project, writer, services, signal);
	return {
		manifest: {
			tool: {name: 'compose-lifeboat', version},
			project: stack.project,
			directory: stack.directory.split('/').at(-1) ?? stack.directory,
			composeFiles: [...config.composeFiles],
			envFiles: [...config.envFiles],
			flags: describeFlags(stack),
			...(await describe()),
			servers: servers.map(one => one.manifest),
			volumes: [...volumes],
			toolOutput: servers.flatMap(one => one.toolOutput),
			warnings: plan.warnings.map(one => ({message: one.message, hint: one.hint ?? null})),
			notCovered: [...plan.leftOut, ...servers.flatMap(one => one.leftOut), ...config.leftOut].map(({what, why}) => ({
				what,
				why,
			})),
		},
		databases: servers.flatMap(one =>
			one.databases.map(({manifest, tables, rows}) => ({
				service: manifest.service,
				name: manifest.name,
				tables,
				rows,
			})),
		),
	};
}

type DumpedServer = {
	readonly manifest: ManifestServer;
	readonly databases: readonly DumpedDatabase[];
	readonly toolOutput: ManifestContent['toolOutput'];
	readonly leftOut: readonly LeftOut[];
};

async function* dumpServer(
	plan: BackupPlan,
	open: OpenServer,
	writer: BundleWriter,
	signal: AbortSignal,
): Operation<DumpedServer> {
	const {client, planned} = open;
	const {service} = planned;
	const databases: DumpedDatabase[] = [];
	// Roles belong to no database's snapshot: they are read while the first dump runs.
	const reading = readGlobals(plan, client, planned, signal);
	reading.catch(() => {});
	for (const [index, properties] of open.databases.entries()) {
		const snapshot = index === 0 ? open.firstSnapshot : undefined;
		databases.push(yield* dumpDatabase({plan, client, service, properties, snapshot, writer, signal}));
	}

	const globals = yield* addGlobals(plan, planned, writer, reading);
	const {facts} = client;
	return {
		manifest: {
			service,
			image: planned.server?.image ?? null,
			external: planned.external === null ? null : {host: planned.external.host, port: planned.external.port},
			serverVersion: facts.serverVersion,
			major: facts.serverMajor,
			clientVersion: facts.clientVersion,
			user: client.connection.user,
			globals: globals?.path ?? null,
			rolePasswords: globals?.withPasswords ?? false,
			databases: databases.map(one => one.manifest),
		},
		databases,
		toolOutput: [
			...databases.map(one => ({tool: 'pg_dump', database: one.manifest.name, lines: [...one.messages]})),
			...(globals === undefined ? [] : [{tool: 'pg_dumpall', database: null, lines: [...globals.messages]}]),
		].filter(one => one.lines.length > 0),
		leftOut: (planned.external === null ? open.catalogue.ownTemplates : []).map(name => ({
			what: `Database ${name} (${service})`,
			why: 'It is marked as a template: ALTER DATABASE … IS_TEMPLATE false brings it into the next backup',
		})),
	};
}

async function* addGlobals(
	plan: BackupPlan,
	planned: OpenServer['planned'],
	writer: BundleWriter,
	reading: Promise<Globals | undefined>,
): Operation<(Globals & {readonly path: string}) | undefined> {
	const step = `globals ${planned.service}`;
	yield {type: 'step-started', step, title: `Save the roles of ${planned.service}`, canCancel: true};
	const globals = await reading;
	if (globals === undefined) {
		yield {
			type: 'warning',
			message: `${planned.service} does not show its roles: the backup has none`,
			hint: 'Restore with --no-owner, or create the roles first',
		};
		yield {type: 'step-finished', step, note: 'not shown'};
		return undefined;
	}

	const path = nameGlobalsPart(
		planned.service,
		writer.parts.map(part => part.path),
	);
	await writer.addBytes(path, 'globals', globals.sql);
	if (plan.rolePasswords && !globals.withPasswords)
		yield {
			type: 'warning',
			message: `The server ${planned.service} shows no role passwords: the backup has the roles without them`,
			hint: 'After a restore on a new server set them again (ALTER ROLE … PASSWORD)',
		};
	yield {type: 'step-finished', step};
	return {...globals, path};
}

/** Managed servers may refuse to list roles even without passwords; a server of the stack must not. */
async function readGlobals(
	plan: BackupPlan,
	client: OpenServer['client'],
	planned: OpenServer['planned'],
	signal: AbortSignal,
): Promise<Globals | undefined> {
	try {
		return await dumpGlobals(client, {rolePasswords: plan.rolePasswords, signal});
	} catch (error) {
		const isRefused = isAppError(error) && (error.code === 'dump-failed' || error.code === 'sql-failed');
		if (planned.external !== null && isRefused) return undefined;
		throw error;
	}
}

function describeResult(
	plan: BackupPlan,
	finished: FinishedBundle,
	databases: BackupResult['databases'],
	durationMs: number,
): BackupResult {
	return {
		file: finished.file,
		bytes: finished.bytes,
		durationMs,
		encrypted: finished.encrypted,
		databases,
		parts: finished.manifest.parts.map(({path, bytes, sha256}) => ({path, bytes, sha256})),
		copies: [],
		verified: {level: 'checksums', ok: true, findings: []},
		notes: [
			...plan.lacks.map(what => `Not in the backup: ${what}`),
			...finished.manifest.notCovered.map(({what, why}) => `Not in the backup: ${what}${why === '' ? '' : `. ${why}`}`),
		],
	};
}
