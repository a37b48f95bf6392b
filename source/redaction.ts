/** What stands where a secret was. */
export const mask = '***';

export type RedactOptions = {
	/** Mail addresses go too, unless false. */
	readonly mailAddresses?: boolean | undefined;
	/** Host names to erase on request (the user's own domain). */
	readonly hosts?: readonly string[] | undefined;
};

const words = (text: string) => new Set(text.split(' '));

const secretWords = words(
	'PASSWORD PASSWORDS PASSWD PASS PWD PASSPHRASE PASSKEY PASSKEYS PASSCODE SECRET SECRETS TOKEN TOKENS APIKEY APIKEYS CREDENTIAL CREDENTIALS CREDS SALT SALTS PEPPER PRIVATEKEY SECRETKEY ENCRYPTIONKEY HTPASSWD',
);
const glued = /(?:PASSWORD|PASSWD|PASSPHRASE|SECRETKEY|APIKEY|TOKEN|PASSWORT)$/;
/** A key is a secret only in company: the rest are file names, columns, identifiers and public halves. */
const keyCompany = words(
	'API SECRET PRIVATE ENCRYPTION ENCRYPT CRYPT CIPHER AES FERNET MASTER SIGNING SIGN SIGNATURE APP APPLICATION SERVER DAEMON INNER INTERNAL SERVICE ADMIN ROOT AUTH JWT COOKIE SESSION HMAC HASH DERIVATION PRIMARY SECONDARY DETERMINISTIC OPENSSL WEBHOOK RECOVERY STORAGE ANON ROLE ACCOUNT DEPLOY BOT STRIPE SENDGRID MAILGUN RESEND OPENAI ANTHROPIC VAULT VAPID STATE',
);
const publicWords = words('PUBLIC PUBLISHABLE CONSENT');
/** How a name goes on when it speaks about a secret, not the secret itself. */
const aboutEndings = words(
	'FILE FILES FILENAME PATH PATHS DIR DIRECTORY EXP EXPIRY EXPIRES EXPIRE EXPIRATION EXPIRESIN TTL LIFETIME LIFESPAN AGE DURATION SECONDS MINUTES HOURS DAYS HOST HOSTNAME PORT USER USERNAME NAME ID IDS LIMIT LIMITS ENABLED ENABLE DISABLED DISABLE LENGTH MIN MAX COUNT SIZE TIMEOUT INTERVAL TYPE KIND ALG ALGO ALGORITHM ALGORITHMS HASHER REALM REQUIRED INSECURE SECURE SAMESITE DOMAIN HEADER PREFIX SUFFIX REGION ENDPOINT BUCKET ROTATION ISSUER AUDIENCE POLICY FORMAT ENCODING METHOD SCOPE SCOPES MODE VERSION STORE STORES SOURCE PROVIDER FIELD CLAIM ATTRIBUTE KEYFILE SELECTOR EMAIL RESET LOGIN FORM CHANGE COST ROUNDS ITERATIONS STRENGTH RATE SETS REFRESH URL URI LINK DRIVER LOCATION PWDB ROLES GROUP',
);
const aboutBeginnings = words(
	'ALLOW ENABLE DISABLE REQUIRE USE SKIP MIN MAX NO HAS IS SHOW FORCE IGNORE SECURE COOKIELESS VALIDATE',
);
const tuning = words('MAX MIN SKIP COOKIELESS INSECURE SECURE');
const connectionName =
	/(?:^|_)(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|DIRECT|MONGO|MONGODB|REDIS|AMQP|BROKER|MYSQL)_(?:URL|URI|DSN|CONNECTION(?:_?STRING)?|CONN)$|^(?:DSN|DATA_SOURCE_NAME)$/;
const flag = /^(?:true|false|yes|no|on|off|null|none|undefined|disabled|enabled)$/i;
const trivial = /^(?:true|false|yes|no|on|off|null|none|undefined|disabled|enabled|-?\d{1,4})$/i;
const emptyLogin = /^[a-z][a-z0-9+.-]*:\/\/[^\s:@/]+:@/i;

/**
 * Does a variable of this name, holding this value where it is known, hold a secret? By name (`SMTP_PASSWORD`, not `SMTP_PASSWORD_FILE`
 * or `JWT_EXP`), and by value whatever the name (a URL with a password, a key in YAML or JSON, a PEM block, a vendor's token).
 */
export function isSecretName(name: string, value?: string): boolean {
	if (value !== undefined && hasSecretInside(value)) return true;
	if (value !== undefined && (flag.test(value.trim()) || isNumberOfSomething(name, value))) return false;
	if (value !== undefined && emptyLogin.test(value)) return true;
	if (value === undefined && connectionName.test(name.toUpperCase())) return true;
	return saysSecret(name, value);
}

const isNumberOfSomething = (name: string, value: string) =>
	/^-?\d{1,4}$/.test(value.trim()) && !/PASS|PWD|PASSWD/i.test(name);

function saysSecret(name: string, value: string | undefined): boolean {
	const parts = splitName(name);
	const last = parts.at(-1) ?? '';
	if (aboutBeginnings.has(parts[0] ?? '') || parts.some(part => publicWords.has(part) || tuning.has(part)))
		return false;
	if (aboutEndings.has(last)) return false;
	if (value !== undefined && (isPlainUrl(value) || isPath(value))) return false;
	if (parts.some(part => secretWords.has(part))) return true;
	if (glued.test(last)) return true;
	if (parts.length === 1) return last === 'SEED';
	if (last === 'SEED' || last === 'AUTH' || last === 'COOKIE') return looksRandom(value) || parts.includes('ERLANG');
	const at = parts.findLastIndex(part => part === 'KEY' || part === 'KEYS');
	if (at < 0) return false;
	return parts.some(part => keyCompany.has(part)) || looksRandom(value);
}

function splitName(name: string): string[] {
	return name
		.replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
		.toUpperCase()
		.split(/[^A-Z0-9]+/)
		.filter(part => part !== '' && !/^(?:V?\d+|HEX|BASE|BASE64|B64)$/.test(part));
}

const isPlainUrl = (value: string) => /^[a-z][a-z0-9+.-]*:\/\/[^\s@]*$/i.test(value.trim());
const isPath = (value: string) => /^(?:\.{0,2}|[A-Za-z]:)\/[\w.-]+(?:\/[\w.-]+)+\/?$/.test(value.trim());

function looksRandom(value: string | undefined): boolean {
	if (value === undefined) return false;
	const text = value.trim();
	return text.length >= 16 && !/\s/.test(text) && /\d/.test(text) && /[A-Za-z]/.test(text) && new Set(text).size >= 9;
}

const urlLogin = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,30}:\/\/)([^\s:@/"'<>]{0,200}):([^\s"'<>`]{0,1000})@/gi;
const urlToken = /(?<![a-z0-9+.-])([a-z][a-z0-9+.-]{1,30}:\/\/)([A-Za-z0-9_-]{16,500})@/gi;
const pem =
	/-----BEGIN ([A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?)-----(?! \*\*\*)(?:(?:(?!-----BEGIN)[\s\S]){0,20000}?-----END [A-Z0-9 ]+-----|(?:(?:\s|\\n)+[A-Za-z0-9+/=]{16,})*)/g;
const shapes: readonly RegExp[] = [
	/\beyJ[\w-]{5,}\.eyJ[\w-]{5,}\.[\w-]*/g,
	/\beyJ[\w-]{15,}\.[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]+){0,2}/g,
	/\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
	/\bAIza[\w-]{30,}/g,
	/\b(?:gh[pousr]_[A-Za-z0-9]{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|npm_[A-Za-z0-9]{30,}|pypi-[\w-]{30,})/g,
	/\bxox[abeoprs]-[\w-]{10,}/g,
	/\b(?:sk|rk)_(?:live|test)_\w{10,}/g,
	/\bwhsec_[\w+/=]{10,}/g,
	/\bsk-[\w-]{20,}/g,
	/\bSG\.[\w-]{16,}\.[\w-]{16,}/g,
	/\b(?:hvs\.|hf_|re_|dop_v1_|shpat_|tskey-|tr_(?:dev|prod)_|dckr_pat_|ATATT3x|nfp_|sntrys_)[\w-]{16,}/g,
	/\bAGE-SECRET-KEY-1[A-Z0-9]{20,}/g,
	/\bSCRAM-SHA-256\$\d+:[\w+/=]+\$[\w+/=]+:[\w+/=]+/g,
	/\$(?:2[abxy]|argon2(?:id?|d)|6|5|y)\$[^\s"']{20,}/g,
	/\bbase64:[A-Za-z0-9+/]{40,}={0,2}/g,
];
const assignment =
	/(["'`]?)(?<![\w.-])([A-Za-z_][\w.-]{1,80})\1(\\?["']?\s*(?:=>|[=:])\s*)("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\\"(?:[^"\\]|\\(?!"))*\\"|[^\s"',;&)}\]]+)/g;
const commandFlags =
	/((?:^|[\s"'[,])(?:--?(?:[\w-]{0,60}(?:password|passwd|passphrase|requirepass|secret|token|api-?key|masterauth|pass))|requirepass|masterauth)(?:["']?,\s*["']?|\s+))("[^"]*"|'[^']*'|[^\s"',\]-][^\s"',\]]*)/gi;
const sqlPassword = /((?:\bPASSWORD|\bIDENTIFIED\s+BY)\s+)(E?'(?:''|[^'])*')/gi;
const authorization = /(\b(?:Bearer|Basic|Digest|Token)\s+)([\w.~+/=-]{8,})/gi;
const cookies = /(\b(?:Set-)?Cookie["']?\s*[:=]\s*["']?)([^\r\n"']+)/gi;
const curlUser = /(\s(?:-u|--user)[= ]["']?[^\s:"']+:)([^\s"']+)/g;
const mail = /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}\b/g;
/** Words with which a sentence about a secret goes on, where a value would stand. */
const prose = words(
	'a an and any are as at be but by can cannot could did do does error expected failed for from given has have if in input into invalid is it key length less missing more must need needs no none not null of on only or please provided received required set should string the this to too unset undefined unknown value was when which will with without you your empty authentication',
);

/** True when a value carries a secret by its own shape, whatever its name. */
function hasSecretInside(value: string): boolean {
	if (!/[:=@-]|\bey|_|\$/.test(value)) return false;
	return redactShapes(value) !== value && !value.includes('$2');
}

/**
 * Text without its secrets: the known ones in every spelling (plain, percent-encoded, JSON-escaped, base64), and whatever looks like one
 * (passwords in URLs and assignments, PEM blocks, cookies, tokens, mail addresses). Safe to run twice.
 */
export function redactText(text: string, knownSecrets: readonly string[] = [], options: RedactOptions = {}): string {
	let result = text;
	for (const spelling of spellings(knownSecrets)) result = eraseSpelling(result, spelling);
	result = redactShapes(result);
	if (options.mailAddresses !== false) result = result.replaceAll(mail, `${mask}@${mask}`);
	for (const host of [...(options.hosts ?? [])].sort((a, b) => b.length - a.length)) {
		if (host.length > 2) result = result.replaceAll(new RegExp(escapeRegExp(host), 'gi'), '<host>');
	}

	return result;
}

/** Lines without their secrets, also those that run over several lines (a PEM block becomes one line). */
export function redactLines(
	lines: readonly string[],
	knownSecrets: readonly string[] = [],
	options: RedactOptions = {},
): string[] {
	return lines.length === 0 ? [] : redactText(lines.join('\n'), knownSecrets, options).split('\n');
}

/** A variable's value as it may be shown: the structure of a URL stays, a secret becomes the mask, an empty value stays visibly empty. */
export function redactValue(
	name: string,
	value: string,
	knownSecrets: readonly string[] = [],
	options: RedactOptions = {},
): string {
	if (value === '' || value === mask) return value;
	const redacted = redactText(value, knownSecrets, options);
	if (redacted !== value && hasSecretInside(value) && !saysSecret(name, value)) return redacted;
	if (redacted !== value && /^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return redacted;
	return isSecretName(name, value) ? mask : redacted;
}

/** The secret values in an environment, longest first: whole values by name, and the passwords inside URLs and other structured values. */
export function collectSecrets(environment: Readonly<Record<string, string | null | undefined>>): string[] {
	const found = new Set<string>();
	for (const [name, value] of Object.entries(environment)) {
		if (value === undefined || value === null || value === '' || value === mask) continue;
		const inside = secretsInside(value);
		for (const secret of inside) found.add(secret);
		if (inside.length === 0 && isSecretName(name, value)) found.add(value.trim());
	}

	const shown = findShownNames(environment);
	return [...found]
		.filter(secret => secret !== '' && !secret.includes(mask) && !shown.has(secret))
		.sort((a, b) => b.length - a.length);
}

const publicName = /(?:^|_)(?:USER|USERNAME|DB|DATABASE|DBNAME|HOST|NAME|PROJECT)$/i;

/** Short names that stand in the clear beside the secrets: a password that is the user's own name cannot be hidden by hiding the name. */
function findShownNames(environment: Readonly<Record<string, string | null | undefined>>): ReadonlySet<string> {
	const values = Object.entries(environment).flatMap(([name, value]) => {
		if (!value) return [];
		const users = [...value.matchAll(urlLogin)].map(match => match[2] ?? '');
		return publicName.test(name) ? [value, ...users] : users;
	});
	return new Set(values.filter(value => /^[a-z][a-z_-]{0,15}$/i.test(value)));
}

function secretsInside(value: string): string[] {
	const found: string[] = [];
	for (const match of value.matchAll(urlLogin)) if (match[3]) found.push(match[3], decode(match[3]));
	for (const match of value.matchAll(urlToken)) if (match[2]) found.push(match[2]);
	for (const match of value.matchAll(pem)) found.push(match[0]);
	found.push(...assignedSecrets(value));
	for (const match of value.matchAll(commandFlags)) if (match[2]) found.push(unquote(match[2]));
	for (const match of value.matchAll(curlUser)) if (match[2]) found.push(unquote(match[2]));
	return found;
}

function assignedSecrets(text: string): string[] {
	return [...text.matchAll(assignment)].flatMap(match => {
		const inner = unquote(match[4] ?? '');
		return isAssignedSecret(match[2] ?? '', match[3] ?? '', inner) ? [inner] : assignedSecrets(inner);
	});
}

function redactShapes(text: string): string {
	let result = text.replaceAll(pem, `-----BEGIN $1----- ${mask}`);
	result = result.replaceAll(urlLogin, (whole, scheme: string, user: string, password: string) =>
		password === '' ? whole : `${scheme}${user}:${mask}@`,
	);
	result = result.replaceAll(urlToken, `$1${mask}@`);
	for (const shape of shapes) result = result.replaceAll(shape, mask);
	result = result.replaceAll(
		cookies,
		(_whole, name: string, value: string) => name + value.replaceAll(/=[^;\s]+/g, `=${mask}`),
	);
	result = result.replaceAll(authorization, (whole, kind: string, value: string) =>
		prose.has(value.toLowerCase()) || /^[a-z]+$/.test(value) ? whole : kind + mask,
	);
	result = result.replaceAll(sqlPassword, `$1'${mask}'`);
	result = result.replaceAll(curlUser, `$1${mask}`);
	result = result.replaceAll(commandFlags, (whole, option: string, value: string) =>
		prose.has(value.toLowerCase()) ? whole : option + mask,
	);
	return redactAssignments(result);
}

/** Goes into values that are no secret as a whole: JSON in JSON, a query in a URL. */
function redactAssignments(text: string): string {
	return text.replaceAll(assignment, (whole, _quote: string, name: string, between: string, value: string) => {
		const inner = unquote(value);
		const start = whole.slice(0, whole.length - value.length);
		return (
			start + value.replace(inner, () => (isAssignedSecret(name, between, inner) ? mask : redactAssignments(inner)))
		);
	});
}

function isAssignedSecret(name: string, between: string, value: string): boolean {
	if (value === '' || value.includes(mask) || trivial.test(value)) return false;
	if (/^[[({$<%]/.test(value) || (prose.has(value.toLowerCase().replace(/[.:!]$/, '')) && between.includes(':')))
		return false;
	return saysSecret(name, value);
}

function unquote(value: string): string {
	return value.replace(/^(?:\\?["'])/, '').replace(/(?:\\?["'])$/, '');
}

function decode(value: string): string {
	try {
		return decodeURIComponent(value);
	} catch {
		return value;
	}
}

/** Values that are words of everyday text: erased where they are assigned, not wherever they occur. */
const everyday = words(
	'postgres postgresql password passw0rd secret admin root user users test testing example changeme change-me default database db app localhost redis public private production development docker token key none 123456 12345678',
);

function spellings(secrets: readonly string[]): string[] {
	const all = new Set<string>();
	for (const secret of secrets) {
		if (secret.length < 4 || everyday.has(secret.toLowerCase()) || trivial.test(secret) || secret === mask) continue;
		all.add(secret);
		all.add(secret.trim());
		all.add(encodeURIComponent(secret));
		all.add(JSON.stringify(secret).slice(1, -1));
		all.add(secret.replaceAll('$', '$$$$'));
		if (secret.length >= 8) {
			const base64 = Buffer.from(secret).toString('base64');
			all.add(base64);
			all.add(base64.replace(/=+$/, ''));
		}

		for (const line of secret.includes('\n') ? secret.split('\n') : [])
			if (line.trim().length >= 16) all.add(line.trim());
	}

	return [...all].filter(spelling => spelling.length >= 4).sort((a, b) => b.length - a.length);
}

function eraseSpelling(text: string, spelling: string): string {
	if (!text.includes(spelling)) return text;
	if (spelling.length >= 8) return text.replaceAll(spelling, mask);
	return text.replaceAll(new RegExp(`(?<![A-Za-z0-9])${escapeRegExp(spelling)}(?![A-Za-z0-9])`, 'g'), mask);
}

function escapeRegExp(text: string): string {
	return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
