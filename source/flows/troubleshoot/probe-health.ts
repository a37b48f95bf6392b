import type {EvidenceInput} from '../../diagnosis/evidence.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {GatheredService} from './gather-services.js';

type Probe = NonNullable<EvidenceInput['probes']>[number];

/** Asks every health URL as a user would, from outside, and on the service's own port from inside of its container. */
export async function probeHealthUrls(
	stack: Stack,
	gathered: readonly GatheredService[],
	services: Services,
	signal: AbortSignal,
): Promise<readonly Probe[]> {
	const asked = stack.services.flatMap(service =>
		service.healthUrl === null ? [] : [{service: service.name, url: service.healthUrl}],
	);
	const probes = await Promise.all(
		asked.map(async ({service, url}) => {
			const container = gathered.find(one => one.service === service && one.state === 'running');
			const [outside, inside] = await Promise.all([
				services.http.get(url, {timeoutMs: 5000, signal}),
				container === undefined ? undefined : askInside(container, url, services, signal),
			]);
			return [
				describeAnswer(service, url, 'http', outside.status),
				...(inside === undefined ? [] : [describeAnswer(service, inside.url, 'http-inside', inside.status)]),
			];
		}),
	);
	return probes.flat();
}

function describeAnswer(service: string, url: string, step: string, status: number | null): Probe {
	const ok = status !== null && status < 500;
	return {
		service,
		variable: url,
		step,
		ok,
		status,
		detail: ok ? null : status === null ? `no answer from ${url}` : `HTTP ${status} from ${url}`,
	};
}

/** Whatever the image has: prints the status, 000 for no answer; nothing when no program can ask. */
const insideScript = `
if command -v curl >/dev/null; then curl -s -o /dev/null -m 5 -w '%{http_code}' "$URL"
elif command -v wget >/dev/null; then wget -q -T 5 -O /dev/null "$URL" && echo 200 || echo 000
elif command -v node >/dev/null; then node -e 'fetch(process.env.URL).then(answer => console.log(answer.status), () => console.log("000"))'
elif command -v python3 >/dev/null; then python3 -c 'import os, urllib.request as u; print(u.urlopen(os.environ["URL"], timeout=5).status)' || echo 000
fi`;

async function askInside(
	container: GatheredService,
	outsideUrl: string,
	{processes}: Pick<Services, 'processes'>,
	signal: AbortSignal,
): Promise<{readonly url: string; readonly status: number | null} | undefined> {
	const outside = new URL(outsideUrl);
	const port = container.ports?.find(({host}) => String(host) === outside.port)?.container;
	if (port === undefined || port === null || container.container == null) return undefined;
	const url = `http://localhost:${port}${outside.pathname}${outside.search}`;
	const args = ['exec', '--env', 'URL', container.container, 'sh', '-c', insideScript];
	const {stdout, exitCode} = await processes.run('docker', args, {env: {URL: url}, signal, timeoutMs: 8000});
	const status = /(\d{3})\s*$/.exec(stdout)?.[1];
	if (exitCode >= 125 || status === undefined) return undefined;
	return {url, status: status === '000' ? null : Number(status)};
}
