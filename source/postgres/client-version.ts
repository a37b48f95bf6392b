/** What the programs where a database is dumped or restored are. */
export type ClientVersion = {
	/** Of pg_dump, for example `17.6`. */
	readonly clientVersion: string;
	readonly clientMajor: number;
	/** pg_dump can compress with zstd. */
	readonly supportsZstd: boolean;
};

/** A shell script that prints one line for `readClientVersion`. pg_dump refuses a compression that it does not know before it looks for a server; with one that it knows it then misses the server. */
export const clientVersionScript = `
lifeboat_client="$(pg_dump --version 2>/dev/null)"
case "$(pg_dump --format=custom --compress=zstd --dbname="host='/nonexistent/lifeboat'" 2>&1 >/dev/null)" in
*/nonexistent/lifeboat*) lifeboat_client="$lifeboat_client zstd" ;;
esac
echo "client $lifeboat_client"
`;

/** Finds that line among others; undefined where there is no pg_dump. */
export function readClientVersion(lines: readonly string[]): ClientVersion | undefined {
	const match = lines.map(line => /^client pg_dump \(PostgreSQL\) (\S+).*?( zstd)?$/.exec(line)).find(Boolean);
	if (match?.[1] === undefined) return undefined;
	return {clientVersion: match[1], clientMajor: Number.parseInt(match[1], 10), supportsZstd: match[2] !== undefined};
}
