import {type Family, log} from '../pattern.js';

/** A connection string that no parser takes. */
export const connectionStringInvalid: Family = {
	id: 'url-invalid',
	patterns: [
		log`\bP1013\b`,
		log`The provided database string is invalid`,
		log`the URL must start with the protocol \x60?(?:postgresql|postgres|mysql|prisma)`,
		log`(?:invalid port number|empty host|invalid domain character|invalid international domain name|relative URL without a base) in database URL`,
		log`Could not parse (?:rfc1738|SQLAlchemy) URL from (?:given URL )?string '(?!')[^\n]{1,200}`,
		log`Could not parse (?:rfc1738|SQLAlchemy) URL from (?:given URL )?string ''[^'\n]`,
		log`Can't load plugin: sqlalchemy\.dialects:postgres\b`,
		log`net/url: invalid userinfo`,
		log`parse "?(?:postgres|postgresql|pg|redis)[^\n]{0,300}(?:invalid port|invalid userinfo|invalid URL escape|first path segment|missing protocol|invalid character)`,
		log`cannot parse \x60(?:postgres|host|[^\x60]{0,200}@)[^\n]{0,200}: failed to parse`,
		log`failed to parse as (?:URL|keyword/value|DSN)`,
		log`invalid integer value "(?<value>[^"]*)" for connection option "port"`,
		log`invalid connection option "`,
		log`missing "=" after "[^"]*" in connection info string`,
		log`invalid URI query parameter`,
		log`(?:invalid|unsupported) (?:database |connection )?(?:URL|scheme|dialect|connection string|DSN)\b[^\n]{0,60}(?:jdbc|postgres|database)`,
		log`Driver [^\n]{0,80} claims to not accept jdbcUrl`,
		log`URL must start with 'jdbc'`,
		log`(?:DATABASE_URL|DB_URL|POSTGRES_URL|DIRECT_URL|database url)[^\n]{0,60}(?:Invalid url|is not a valid url|is invalid|must be a valid|not valid|malformed)`,
		log`invalid (?:DATABASE_URL|database url|connection string|dsn)\b`,
		log`Invalid URL scheme[^\n]{0,40}postgres`,
		log`unable to parse (?:the )?(?:database )?(?:url|connection string|DSN)`,
		log`DATABASE_URL[^\n]{0,60}(?:scheme|protocol|parse)`,
	],
};
