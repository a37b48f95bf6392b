import {readdir, readFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {basename, join} from 'node:path';
import {hide} from '../../../hidden.js';
import {shortenPath} from '../../../stack/paths.js';
import {isLoopback} from '../../../stack/service-hosts.js';
import type {FileEdit} from '../actions.js';
import {connectionsInUse, serverOf} from '../connection-in-use.js';
import {Draft, hashText} from '../draft.js';
import {affectedServices} from '../plan.js';
import {type FixContext, type Remedy, refuse} from '../remedy.js';
import {soleReference} from '../url-text.js';

type PortFacts = {
	/** Containers that publish the port. */
	readonly holders: readonly string[];
	/** A port that nobody has. */
	readonly free: number;
};

/** Publishes the service on another port of the host; says who has the one it wanted. */
export const changePort: Remedy<PortFacts> = {
	async look(context, services, signal) {
		const port = portOf(context);
		const running = await services.docker.listContainers({}, signal);
		const details = await Promise.all(running.map(container => services.docker.inspectContainer(container.id, signal)));
		const holders = details
			.filter(one => one?.ports.some(published => published.host === port))
			.map(one => one?.name ?? '');
		return {holders, free: await findFreePort(port + 1)};
	},
	plan(context, {holders, free}) {
		const port = portOf(context);
		const wanted = context.answers.value === undefined ? free : Number(context.answers.value);
		if (!Number.isInteger(wanted) || wanted < 1 || wanted > 65_535)
			return refuse(`"${context.answers.value}" is no port`, 'Give a number from 1 to 65535: --value 8080');
		const draft = new Draft(context);
		const changed = publish(draft, context, port, wanted);
		if (changed.length === 0)
			return refuse(`No service of the compose files publishes port ${port} in a way that can be changed`);
		const urls = followPort(draft, context, port, wanted);
		return {
			actions: draft.edits(),
			target: draft.target(),
			recreate: [...new Set([...affectedServices(context), ...changed, ...urls])],
			effects: [
				holders.length > 0
					? `Port ${port} is taken by the container ${holders.join(', ')}`
					: `Port ${port} is taken by another program of this machine; see which: sudo ss -ltnp 'sport = :${port}'`,
				`From outside the service is at port ${wanted} from now on: a proxy or a bookmark has to follow`,
			],
		};
	},
};

function portOf({situation, evidence, finding}: FixContext): number {
	const told = [
		situation.captures['port'] ?? '',
		...evidence.services.filter(one => one.service === finding.service).map(one => one.stateError ?? ''),
		...finding.evidence.map(line => line.text),
	];
	for (const text of told) {
		const port = Number(/^\d+$/.exec(text)?.[0] ?? /:(\d+)(?::| failed| bind|$)/.exec(text)?.[1] ?? Number.NaN);
		if (!Number.isNaN(port)) return port;
	}

	return refuse('It is not known which port is taken');
}

/** Changes every place that publishes the port; resolves with the services. */
function publish(draft: Draft, {files, stack}: FixContext, port: number, wanted: number): readonly string[] {
	const changed: string[] = [];
	for (const file of files.raw.composeFiles) {
		for (const {name} of stack.services) {
			const ports = draft.read(file, ['services', name, 'ports']);
			if (!Array.isArray(ports)) continue;
			for (const [index, entry] of ports.entries()) {
				const isLong = typeof entry === 'object' && entry !== null;
				const path = ['services', name, 'ports', index, ...(isLong ? ['published'] : [])];
				const written = isLong
					? String(entry.published ?? '')
					: (/^(?:.*:)?([^:{}]+|\$\{[^{}]*\}):[^:]+$/.exec(String(entry))?.[1] ?? '');
				const variable = soleReference(written);
				const fallback = /:?-(\d+)\}$/.exec(written)?.[1];
				const now = variable === undefined ? written : (files.raw.variables[variable] ?? fallback ?? '');
				if (now !== String(port)) continue;
				if (variable !== undefined) draft.setDotenv(variable, String(wanted));
				else draft.edit(file, path, isLong ? String(wanted) : String(entry).replace(written, String(wanted)));
				changed.push(name);
			}
		}
	}

	return changed;
}

/** Variables that name this machine with the former port go along. */
function followPort(draft: Draft, {evidence}: FixContext, port: number, wanted: number): readonly string[] {
	return evidence.services.flatMap(({service, environment}) =>
		Object.entries(environment).flatMap(([variable, value]) => {
			if (!/^https?:\/\//.test(value) || !URL.canParse(value)) return [];
			const url = new URL(value);
			if (url.port !== String(port) || !isLoopback(url.hostname) || !/URL|ORIGIN|URI|HOST/.test(variable)) return [];
			const source = draft.sourceOf(service, variable);
			if (source.kind !== 'env-file' || draft.text(source.path) === null) return [];
			draft.setVariable(service, variable, value.replace(`:${port}`, `:${wanted}`));
			return [service];
		}),
	);
}

async function findFreePort(from: number): Promise<number> {
	for (let port = from; port < from + 200; port++) if (await isFree(port)) return port;
	return from;
}

function isFree(port: number): Promise<boolean> {
	return new Promise(resolve => {
		const server = createServer();
		server.once('error', () => resolve(false));
		server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
	});
}

/** Makes the network that the compose file expects. */
export const createNetwork: Remedy = {
	plan(context) {
		const {network} = context.situation.captures;
		if (network === undefined) return refuse('It is not known which network is missing');
		return {
			actions: [
				{
					kind: 'engine',
					title: `Create the network ${network}`,
					args: ['network', 'create', network],
					undo: ['network', 'rm', network],
				},
			],
			recreate: context.stack.services.filter(service => service.state !== 'running').map(service => service.name),
			effects: ['If another stack owns this network, that stack has to use it as external too'],
		};
	},
};

/** Puts the application into the network of its database. */
export const joinNetwork: Remedy = {
	plan(context) {
		const [used] = connectionsInUse(context);
		const server = serverOf(context, used?.connection);
		const service = context.finding.service ?? used?.service;
		if (service === undefined || service === server.service)
			return refuse('It is not known which service has to join the network of the database');
		const draft = new Draft(context);
		const of = (name: string): readonly string[] => {
			const written = context.files.raw.composeFiles.flatMap(file => {
				const networks = draft.read(file, ['services', name, 'networks']);
				return Array.isArray(networks) ? networks.map(String) : Object.keys(networks ?? {});
			});
			return written.length === 0 ? ['default'] : [...new Set(written)];
		};
		const own = of(service);
		const [missing] = of(server.service).filter(network => !own.includes(network));
		if (missing === undefined || of(server.service).some(network => own.includes(network)))
			return refuse(
				`${service} and ${server.service} share a network in the files already`,
				`docker compose up -d ${service}`,
			);
		draft.setCompose(['services', service, 'networks'], [...own, missing]);
		return {actions: draft.edits(), target: draft.target()};
	},
};

type ScriptFacts = {readonly scripts: readonly {readonly path: string; readonly text: string}[]};

/** Shell scripts of the build with Windows line ends get those of Unix; the image is built again. */
export const convertCrlf: Remedy<ScriptFacts> = {
	async look({stack, situation}) {
		const wanted = basename(situation.captures['path'] ?? '');
		const paths = await findScripts(stack.directory, 4);
		const texts = await Promise.all(
			paths.map(async path => ({path, text: await readFile(path, 'utf8').catch(() => '')})),
		);
		const broken = texts.filter(({text}) => /^#!.*\r\n/.test(text));
		const named = broken.filter(({path}) => basename(path) === wanted);
		return {scripts: named.length > 0 ? named : broken};
	},
	plan({stack, finding}, {scripts}) {
		const service = stack.services.find(one => one.name === finding.service);
		if (scripts.length === 0 || service === undefined)
			return refuse(
				'No script with Windows line ends lies in the folder of the stack',
				'The image itself has it: use a later tag of it, or tell its makers',
			);
		const edits = scripts.map(({path, text}): FileEdit => {
			const name = shortenPath(stack.directory, path);
			const after = text.replaceAll('\r\n', '\n');
			return {
				kind: 'edit-file',
				path,
				name,
				before: hashText(text),
				after: hide(after),
				diff: [`--- ${name}`, `+++ ${name}`, `@@ ${text.split('\r\n').length - 1} line ends: CR LF becomes LF @@`],
			};
		});
		return {
			actions: [
				...edits,
				...(service.build
					? [{kind: 'compose' as const, title: `Build ${service.name} again`, args: ['build', service.name]}]
					: []),
			],
			effects: ['Write *.sh text eol=lf into .gitattributes, so that git does not bring the Windows line ends back'],
		};
	},
};

async function findScripts(folder: string, depth: number): Promise<readonly string[]> {
	const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
	const found = await Promise.all(
		entries.map(entry => {
			const path = join(folder, entry.name);
			if (entry.isDirectory() && depth > 0 && !/^(?:\.git|node_modules|\.next|dist|vendor)$/.test(entry.name))
				return findScripts(path, depth - 1);
			return entry.isFile() &&
				/\.(?:sh|bash)$|entrypoint|^[\w-]+$/.test(entry.name) &&
				!/^(?:Dockerfile|Makefile|LICENSE)$/.test(entry.name)
				? [path]
				: [];
		}),
	);
	return found.flat();
}

const architectures: Readonly<Record<string, string>> = {
	x86_64: 'amd64',
	amd64: 'amd64',
	aarch64: 'arm64',
	arm64: 'arm64',
};

/** Brings the image for this machine's CPU: the compose file's `platform`, then a pull or a build. */
export const setPlatform: Remedy = {
	plan(context) {
		const {stack, finding, evidence, files} = context;
		const service = stack.services.find(one => one.name === finding.service);
		const own = architectures[evidence.engineInfo?.architecture ?? ''];
		if (service === undefined || own === undefined) return refuse('It is not known which CPU the engine has');
		const draft = new Draft(context);
		for (const file of files.raw.composeFiles) {
			const path = ['services', service.name, 'platform'];
			if (draft.read(file, path) !== undefined) draft.edit(file, path, `linux/${own}`);
		}

		return {
			actions: [
				...draft.edits(),
				service.build
					? {kind: 'compose', title: `Build ${service.name} for ${own}`, args: ['build', service.name]}
					: {
							kind: 'engine',
							title: `Pull ${service.image} for ${own}`,
							args: ['pull', '--platform', `linux/${own}`, service.image ?? ''],
							undo: null,
						},
			],
			target: draft.target(),
		};
	},
};
