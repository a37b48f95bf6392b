import {get as getHttp, type IncomingMessage} from 'node:http';
import {get as getHttps} from 'node:https';
import type {Http, HttpAnswer} from './types.js';

/** How much of an answer is read: health endpoints are short, a home page need not be read whole. */
const bodyLimit = 64 * 1024;

const headers = {'user-agent': 'lifeboat', accept: 'application/json, text/html;q=0.9, */*;q=0.8', connection: 'close'};

/**
 * Asks health URLs. Redirects are answers, not followed: the application is up when it redirects to its sign-in page.
 * On node:http, because fetch of Node 20 never settles when the other side closes a connection that it has just accepted,
 * as Docker's proxy does for a container that is starting.
 */
export function createHttp(): Http {
	return {
		get: (url, {timeoutMs, signal}) =>
			new Promise<HttpAnswer>(resolve => {
				const limit = setTimeout(() => fail(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
				const abort = () => fail('cancelled');
				const settle = (answer: HttpAnswer) => {
					clearTimeout(limit);
					signal?.removeEventListener('abort', abort);
					resolve(answer);
				};
				const open = () => {
					try {
						const get = url.startsWith('https:') ? getHttps : getHttp;
						const request = get(url, {agent: false, headers}, response => collect(response, settle));
						return request.on('error', error => settle({status: null, reason: describe(error)}));
					} catch (error) {
						settle({status: null, reason: describe(error)});
						return undefined;
					}
				};
				const request = open();
				function fail(reason: string) {
					settle({status: null, reason});
					request?.destroy();
				}

				signal?.addEventListener('abort', abort, {once: true});
				if (signal?.aborted) abort();
			}),
	};
}

function collect(response: IncomingMessage, settle: (answer: HttpAnswer) => void): void {
	const status = response.statusCode ?? 0;
	let body = '';
	response.setEncoding('utf8');
	response.on('data', (text: string) => {
		body += text;
		if (body.length < bodyLimit) return;
		settle({status, body: body.slice(0, bodyLimit)});
		response.destroy();
	});
	response.on('end', () => settle({status, body}));
	response.on('error', error => settle({status: null, reason: describe(error)}));
}

function describe(error: unknown): string {
	const code = error instanceof Error && 'code' in error ? String(error.code) : '';
	if (code === 'ECONNREFUSED') return 'connection refused';
	if (code === 'ECONNRESET' || code === 'EPIPE') return 'connection closed without an answer';
	return error instanceof Error ? error.message : String(error);
}
