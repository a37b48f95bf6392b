import type {Http, HttpAnswer} from './types.js';

/** How much of an answer is read: health endpoints are short, a home page need not be read whole. */
const bodyLimit = 64 * 1024;

/** Asks health URLs. Redirects are answers, not followed: the application is up when it redirects to its sign-in page. */
export function createHttp(): Http {
	return {
		async get(url, {timeoutMs, signal}) {
			const limit = AbortSignal.timeout(timeoutMs);
			try {
				const response = await fetch(url, {
					redirect: 'manual',
					headers: {
						'user-agent': 'lifeboat',
						accept: 'application/json, text/html;q=0.9, */*;q=0.8',
						connection: 'close',
					},
					signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
				});
				return {status: response.status, body: await readStart(response)};
			} catch (error) {
				return {status: null, reason: describe(error, limit.aborted, timeoutMs)} satisfies HttpAnswer;
			}
		},
	};
}

async function readStart(response: Response): Promise<string> {
	if (response.body === null) return '';
	const decoder = new TextDecoder();
	let text = '';
	for await (const chunk of response.body) {
		text += decoder.decode(chunk, {stream: true});
		if (text.length >= bodyLimit) break;
	}

	return text.slice(0, bodyLimit);
}

function describe(error: unknown, timedOut: boolean, timeoutMs: number): string {
	if (timedOut) return `no answer within ${timeoutMs / 1000} s`;
	const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
	const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
	if (code === 'ECONNREFUSED') return 'connection refused';
	if (code === 'ECONNRESET' || code === 'UND_ERR_SOCKET') return 'connection closed without an answer';
	return cause instanceof Error ? cause.message : String(cause);
}
