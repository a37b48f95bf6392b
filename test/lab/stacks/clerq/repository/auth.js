import {createHmac, scryptSync, timingSafeEqual} from 'node:crypto';

export const secret = process.env.BETTER_AUTH_SECRET ?? '';
export const baseUrl = process.env.BETTER_AUTH_URL ?? 'http://localhost:3000';

/** Says at the start what is wrong with the secret, in the words of the sign-in library. */
export function warnOfWeakSecret() {
	if (secret === '') return;
	if (secret.length < 32) {
		console.warn('[better-auth] Warning: your BETTER_AUTH_SECRET should be at least 32 characters long for adequate security.');
	}
	if (estimateEntropy(secret) < 120) {
		console.warn('[better-auth] Warning: your BETTER_AUTH_SECRET appears low-entropy. Use a randomly generated secret for production.');
	}
}

function estimateEntropy(text) {
	return text.length === 0 ? 0 : Math.log2(new Set(text).size ** text.length);
}

export function sign(text) {
	return createHmac('sha256', secret).update(text).digest('hex');
}

/** The user id of a request's signed cookie, or undefined. */
export function readSession(request) {
	const match = /clerq\.session=([\w-]+)\.([0-9a-f]{64})/.exec(request.headers.cookie ?? '');
	if (!match || secret === '') return undefined;
	return timingSafeEqual(Buffer.from(match[2]), Buffer.from(sign(match[1]))) ? match[1] : undefined;
}

export function checkPassword(password, stored) {
	const [salt, key] = stored.split(':');
	return scryptSync(password, salt, 32).toString('hex') === key;
}
