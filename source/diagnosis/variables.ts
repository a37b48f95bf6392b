import {isSecretName} from '../redaction.js';

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
