import {AppError} from '../errors.js';

/** A kind of file that is no dump of PostgreSQL, recognised by its first bytes, with what to do about it. */
type Refusal = {
	readonly what: string;
	readonly hint: string;
	readonly fix?: (path: string) => readonly string[];
	readonly matches: (head: Buffer, text: string) => boolean;
};

const startsWith =
	(...bytes: readonly number[]) =>
	(head: Buffer) =>
		head.subarray(0, bytes.length).equals(Buffer.from(bytes));
const textMatches = (pattern: RegExp) => (_: Buffer, text: string) => pattern.test(text);
const otherDatabase = 'Lifeboat restores PostgreSQL only; convert it with a tool for that (for example pgloader)';
const wrongDownload = 'It is what a web server answered instead of the file: download it again';

const refusals: readonly Refusal[] = [
	{
		what: 'consists of zero bytes only, as a crash of the machine leaves it',
		hint: 'Use another backup',
		matches: head => head.every(byte => byte === 0),
	},
	{
		what: 'is a SQLite database',
		hint: otherDatabase,
		matches: (head, text) =>
			head.subarray(0, 15).toString('latin1') === 'SQLite format 3' || /^PRAGMA foreign_keys\s*=\s*OFF;/iu.test(text),
	},
	{
		what: 'is a dump of MySQL or MariaDB',
		hint: otherDatabase,
		matches: textMatches(
			/^(?:\/\*M?!\d+[^\n]*\n)?-- (?:MySQL|MariaDB) dump|^-- (?:phpMyAdmin SQL Dump|Adminer [\d.]+ MySQL)|^\/\*!40\d{3} SET|^-- Host: .*\n(?:.*\n)*?.*ENGINE=InnoDB/u,
		),
	},
	{
		what: 'is an export of Oracle',
		hint: otherDatabase,
		matches: head =>
			/^.{0,6}EXPORT:V\d/su.test(head.subarray(0, 32).toString('latin1')) ||
			head.subarray(0, 512).includes('SYS_EXPORT_'),
	},
	{
		what: 'is a backup of Microsoft SQL Server',
		hint: otherDatabase,
		matches: (head, text) =>
			head.subarray(0, 4).toString('latin1') === 'TAPE' || /^(?:USE \[\w+\]|SET ANSI_NULLS ON)\r?\nGO\r?\n/u.test(text),
	},
	{what: 'is an archive of mongodump', hint: otherDatabase, matches: startsWith(0x6d, 0xe2, 0x99, 0x81)},
	{
		what: 'is a snapshot of Redis',
		hint: 'Name the dump of the database',
		matches: head => /^REDIS\d{4}/u.test(head.subarray(0, 9).toString('latin1')),
	},
	{
		what: 'is a web page, not a dump',
		hint: wrongDownload,
		matches: textMatches(/^\s*(?:<!--[^>]*-->\s*)?<(?:!doctype\s+html|html|head|body)\b/iu),
	},
	{
		what: 'is an XML document (an error of a storage service?), not a dump',
		hint: wrongDownload,
		matches: textMatches(/^\s*<\?xml\b/u),
	},
	{what: 'is a JSON document, not a dump', hint: wrongDownload, matches: textMatches(/^\s*(?:\{\s*"|\[\s*[{"\]])/u)},
	{
		what: 'is a pointer of Git LFS, not the file itself',
		hint: 'Fetch the file',
		fix: path => ['git', 'lfs', 'pull', '--include', path],
		matches: textMatches(/^version https:\/\/git-lfs\.github\.com\/spec\//u),
	},
	{
		what: 'holds the error message of a tool, not a dump',
		hint: 'Use another backup; the one that should be here failed',
		matches: textMatches(
			/^(?:pg_dump(?:all)?: (?:error|\[archiver)|Error response from daemon|Error: No such container|no such service|OCI runtime exec failed|bash: |sh: \d+: )/iu,
		),
	},
	{
		what: 'is in UTF-16, as a redirection in PowerShell writes it',
		hint: 'Convert it; a dump in the custom format cannot be saved from this',
		fix: path => ['iconv', '-f', 'UTF-16', '-t', 'UTF-8', '-o', `${path}.utf8.sql`, path],
		matches: head => startsWith(0xff, 0xfe)(head) || startsWith(0xfe, 0xff)(head),
	},
	{
		what: 'is encrypted by age in text form',
		hint: 'Decrypt it first',
		fix: path => ['age', '-d', '-o', path.replace(/\.(?:age|asc)$/u, '') || 'dump', path],
		matches: textMatches(/^-----BEGIN AGE ENCRYPTED FILE-----/u),
	},
	{
		what: 'is encrypted by GnuPG',
		hint: 'Decrypt it first',
		fix: path => ['gpg', '--output', `${path}.dump`, '--decrypt', path],
		matches: (head, text) =>
			/^-----BEGIN PGP MESSAGE-----/u.test(text) ||
			([0x84, 0x85, 0x8c].includes(head[0] ?? 0) && [1, 2, 3, 4, 0x0d].includes(head[1] ?? 0)),
	},
	{
		what: 'is encrypted by openssl',
		hint: 'Decrypt it first, with the options that it was encrypted with',
		fix: path => ['openssl', 'enc', '-d', '-aes-256-cbc', '-pbkdf2', '-in', path, '-out', `${path}.dump`],
		matches: head => head.subarray(0, 8).toString('latin1') === 'Salted__',
	},
	{
		what: 'is compressed by xz',
		hint: 'Uncompress it first',
		fix: path => ['xz', '-dk', path],
		matches: startsWith(0xfd, 0x37, 0x7a, 0x58, 0x5a),
	},
	{
		what: 'is compressed by bzip2',
		hint: 'Uncompress it first',
		fix: path => ['bzip2', '-dk', path],
		matches: head => /^BZh[1-9]1AY&SY/u.test(head.subarray(0, 10).toString('latin1')),
	},
	{
		what: 'is compressed by lz4',
		hint: 'Uncompress it first',
		fix: path => ['lz4', '-dk', path],
		matches: startsWith(0x04, 0x22, 0x4d, 0x18),
	},
	{
		what: 'is a 7-Zip archive',
		hint: 'Unpack it first',
		fix: path => ['7z', 'x', path],
		matches: startsWith(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c),
	},
	{
		what: 'is a RAR archive',
		hint: 'Unpack it first',
		fix: path => ['unrar', 'x', path],
		matches: head => head.subarray(0, 4).toString('latin1') === 'Rar!',
	},
	{
		what: 'was mangled by a terminal: every line end in it became two bytes (docker exec -t, docker compose run)',
		hint: 'Make the dump again without a terminal (docker compose exec -T); to try to save this one, turn the line ends back',
		fix: path => ['perl', '-pe', 's/\\r\\n/\\n/', path],
		matches: isMangled,
	},
	{
		what: 'has messages in front of the dump (standard error was redirected into it, 2>&1)',
		hint: 'Make the dump again without 2>&1; messages may lie further inside too',
		matches: head =>
			head.indexOf('PGDMP') > 0 &&
			/^(?:pg_dump|psql|WARNING|NOTICE|time=)/u.test(head.subarray(0, 16).toString('latin1')),
	},
	{
		what: "has the engine's stream headers between the bytes of the dump",
		hint: 'Make the dump again with docker compose exec -T',
		matches: head => /^[\u0001\u0002]\0{3}.{4}(?:PGDMP|--\n)/su.test(head.subarray(0, 16).toString('latin1')),
	},
];

/** A dump in the custom format is binary: among its first line ends there is always one without a carriage return. */
function isMangled(head: Buffer): boolean {
	return head.subarray(0, 5).toString('latin1') === 'PGDMP' && hasOnlyCrlf(head);
}

/** Whether there are at least three line ends, each with a carriage return in front. */
export function hasOnlyCrlf(head: Buffer): boolean {
	let count = 0;
	for (let at = head.indexOf(0x0a); at !== -1; at = head.indexOf(0x0a, at + 1)) {
		if (head[at - 1] !== 0x0d) return false;
		count++;
	}

	return count >= 3;
}

/** Looks for the kinds of files that people take for a dump. Returns the error that names the kind; undefined when it is none of them. */
export function refuseKnownKind(head: Buffer, path: string): AppError | undefined {
	const text = head
		.subarray(0, 8192)
		.toString('utf8')
		.replace(/^\ufeff/u, '');
	const refusal = refusals.find(({matches}) => matches(head, text));
	if (refusal === undefined) return undefined;
	return refuse(path, refusal.what, refusal.hint, refusal.fix?.(path));
}

/** A refusal by name: `/backups/x.sql is a SQLite database`. */
export function refuse(path: string, what: string, hint: string, fix?: readonly string[]): AppError {
	return new AppError('bundle-unreadable', `${path} ${what}`, {hint, fix});
}
