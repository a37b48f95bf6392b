import {createHash} from 'node:crypto';
import {existsSync, readFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import * as z from 'zod';

/** Where the engine is, as the `docker` command would decide. TLS files only where a context or DOCKER_CERT_PATH names them. */
export type DockerAddress = {
	/** `unix:///…`, `tcp://…`, `ssh://…` or `npipe://…`. */
	readonly host: string;
	readonly tls: {
		readonly ca: string | undefined;
		readonly cert: string | undefined;
		readonly key: string | undefined;
		readonly verify: boolean;
	} | null;
	/** Why this one: for messages. */
	readonly origin: 'DOCKER_HOST' | 'context' | 'default';
	readonly context: string | null;
};

const configSchema = z.object({currentContext: z.string().optional()});
const metaSchema = z.object({
	Endpoints: z.object({docker: z.object({Host: z.string(), SkipTLSVerify: z.boolean().optional()})}),
});
const defaultHost = process.platform === 'win32' ? 'npipe:////./pipe/docker_engine' : 'unix:///var/run/docker.sock';

/**
 * Resolves DOCKER_HOST, then DOCKER_CONTEXT, then the current context of the docker configuration, then the default socket
 * (order of docker/cli, `cli/command/cli.go`).
 */
export function resolveDockerAddress(environment: Readonly<Record<string, string | undefined>>): DockerAddress {
	const folder = environment['DOCKER_CONFIG'] || join(environment['HOME'] || homedir(), '.docker');
	if (environment['DOCKER_HOST']) {
		const certificates = environment['DOCKER_CERT_PATH'] || folder;
		const tls = environment['DOCKER_TLS_VERIFY'] ? readTls(certificates, true) : null;
		return {host: environment['DOCKER_HOST'], tls, origin: 'DOCKER_HOST', context: null};
	}

	const context = environment['DOCKER_CONTEXT'] || readCurrentContext(folder);
	if (context && context !== 'default') {
		const id = createHash('sha256').update(context).digest('hex');
		const meta = metaSchema.safeParse(readJson(join(folder, 'contexts', 'meta', id, 'meta.json')));
		if (meta.success) {
			const {Host: host, SkipTLSVerify: skip} = meta.data.Endpoints.docker;
			const certificates = join(folder, 'contexts', 'tls', id, 'docker');
			return {
				host,
				tls: existsSync(certificates) ? readTls(certificates, skip !== true) : null,
				origin: 'context',
				context,
			};
		}
	}

	return {host: defaultHost, tls: null, origin: 'default', context: context || null};
}

function readCurrentContext(folder: string): string | undefined {
	const config = configSchema.safeParse(readJson(join(folder, 'config.json')));
	return config.success ? config.data.currentContext : undefined;
}

function readTls(folder: string, verify: boolean): DockerAddress['tls'] {
	const read = (name: string) => {
		const path = join(folder, name);
		return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
	};
	return {ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem'), verify};
}

function readJson(path: string): unknown {
	try {
		return JSON.parse(readFileSync(path, 'utf8'));
	} catch {
		return undefined;
	}
}
