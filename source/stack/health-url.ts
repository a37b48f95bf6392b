import type {ModelService} from './compose-model.js';

const fullUrl = /\b(https?):\/\/(localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\]|[\w.-]+)(?::(\d+))?(\/[^\s'"`)\\|;,]*)?/g;
/** `curl localhost:3000/health`: curl and wget need no scheme. */
const bareUrl = /(?<=\s|['"])()(localhost|127\.0\.0\.1):(\d+)(\/[^\s'"`)\\|;,]*)?/g;

export type HealthUrl = {readonly url: string; readonly text: string};

/**
 * A URL that answers on this machine when the service is well: the one of its health check, mapped to the published port.
 * Undefined when the check is no URL or its port is not published.
 */
export function findHealthUrl(service: ModelService, imageHealthcheck: string | null): HealthUrl | undefined {
	for (const [source, text] of [
		['healthcheck of the compose file', service.healthTest.join(' ')],
		['HEALTHCHECK of the image', service.healthTest.length === 0 ? (imageHealthcheck ?? '') : ''],
	] as const) {
		const expanded = text.replace(
			/\$\{?(\w+)\}?(?::-(\w+)\})?/g,
			(whole, name, fallback) => service.environment[name] ?? fallback ?? whole,
		);
		const urls = [
			...expanded.matchAll(fullUrl),
			...(/\b(?:curl|wget)\b/.test(expanded) ? expanded.matchAll(bareUrl) : []),
		];
		for (const [, given, host = '', port, path = '/'] of urls) {
			const scheme = given || 'http';
			const isOwn =
				/^(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1?\])$/.test(host) ||
				[service.name, service.hostname, service.containerName].includes(host);
			if (!isOwn) continue;
			const inside = Number(port ?? (scheme === 'https' ? 443 : 80));
			const published = service.ports.find(
				candidate => candidate.container === inside && candidate.host !== null && candidate.protocol === 'tcp',
			);
			if (published?.host === null || published?.host === undefined) continue;
			const address =
				published.hostIp === null || /^(?:0\.0\.0\.0|::|127\.0\.0\.1)$/.test(published.hostIp)
					? 'localhost'
					: published.hostIp;
			const plainPort = published.host === (scheme === 'https' ? 443 : 80) ? '' : `:${published.host}`;
			return {url: `${scheme}://${address}${plainPort}${path}`, text: `${source}, mapped to the published port`};
		}
	}

	return undefined;
}
