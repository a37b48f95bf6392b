import {isSecretName} from '../redaction.js';
import type {Match} from './cause.js';
import {matchText} from './match.js';

/** What a variable is about, by its name. */
export function kindOfVariable(
	name: string | undefined,
): 'database-url' | 'secret' | 'public-url' | 'cache' | 'other' | 'none' {
	if (!name) return 'none';
	const upper = name
		.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
		.replaceAll(/[.-]/g, '_')
		.toUpperCase();
	if (
		/^(?:.*_)?(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|DIRECT|SHADOW|SQLALCHEMY|DATASOURCE)(?:_\w+)*_?(?:URL|URI|DSN|HOST|CONN|CONNECTION_STRING)$|^DSN$|^PGHOST$/.test(
			upper,
		)
	) {
		return 'database-url';
	}

	if (/REDIS|VALKEY|BROKER/.test(upper)) return 'cache';
	if (isSecretName(upper))
		return /^(?:POSTGRES|DB|DATABASE|PG)\w*(?:PASSWORD|PASS|PWD)$/.test(upper) ? 'database-url' : 'secret';
	if (
		/(?:^|_)(?:AUTH|BASE|PUBLIC|APP|SITE|SERVER|WEB|FRONTEND|CLIENT|EXTERNAL|ROOT|NEXTAUTH|HOST|CANONICAL)_?(?:URL|URI|ORIGIN|DOMAIN)S?$|^ORIGIN$|TRUSTED_ORIGINS|ALLOWED_HOSTS|^URL$/.test(
			upper,
		)
	) {
		return 'public-url';
	}

	return 'other';
}

const optional =
	/disabl|skipp|optional|won'?t|will (?:not )?be|default|fall(?:ing)? ?back|not be available|ignor|unavailable|feature|integration|\bif you\b|recommended|deprecated/i;
const vendorKey =
	/API_?KEY|CLIENT_SECRET|ACCESS_(?:KEY|TOKEN)|WEBHOOK|SMTP|MAIL|STRIPE|OPENAI|ANTHROPIC|SENTRY|GOOGLE|GITHUB|GITLAB|SLACK|DISCORD|TWILIO|AWS|S3|RECAPTCHA|TURNSTILE|LICEN[CS]E|TELEGRAM|POSTHOG|CRON/;

/** A running service that misses a variable for something it can do without. */
export function isOptionalVariable(match: Match): boolean {
	const {service} = match.source;
	if (service?.state !== 'running' || service.health === 'unhealthy') return false;
	const name = match.captures['variable'] ?? '';
	if (/cannot|can't|unable|fail|error|must/i.test(matchText(match)) && !optional.test(matchText(match))) return false;
	return optional.test(matchText(match)) || vendorKey.test(name) || kindOfVariable(name) === 'other';
}
