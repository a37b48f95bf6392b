export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

/** pino and bunyan write levels as numbers: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
const numeric = /"level"\s*:\s*(\d{2})\b/;
const named = /(?:"(?:level|severity|lvl|log\.level)"\s*:\s*"|\b(?:level|severity|lvl)=["']?)(\w+)/i;
/** PostgreSQL's own words, as `2026-06-14 02:00:00.000 UTC [1] FATAL:  …`. */
const postgres = /\b(PANIC|FATAL|ERROR|WARNING|NOTICE|LOG|INFO|DEBUG[1-5]?|DETAIL|HINT|STATEMENT|CONTEXT):\s{1,2}/;
const leading =
	/^\W*(?:\S*\d{2}:\d{2}:\d{2}\S*\s+)?\W*(emerg(?:ency)?|alert|crit(?:ical)?|fatal|panic|err(?:or)?|warn(?:ing)?|notice|info(?:rmation)?|debug|trace|verbose)\b\W/i;
const failure = /\b(?:uncaught|unhandled|traceback|exception|Traceback|panicked at|segmentation fault|FATAL|Error:)/;

/** Works out how grave a log line is: from its JSON or logfmt field, PostgreSQL's word, its first word, else by what it says. Undefined when nothing tells. */
export function levelOfLine(line: string): LogLevel | undefined {
	const number = line.match(numeric)?.[1];
	if (number !== undefined)
		return Number(number) >= 50 ? 'error' : Number(number) >= 40 ? 'warning' : Number(number) >= 30 ? 'info' : 'debug';
	const word = (line.match(named) ??
		line.match(postgres) ??
		line.slice(0, 120).match(leading) ??
		line.match(/\[(error|warn(?:ing)?|info|debug|notice|crit)\]/i))?.[1];
	if (word !== undefined) return levelOfWord(word);
	return failure.test(line) ? 'error' : undefined;
}

function levelOfWord(word: string): LogLevel | undefined {
	if (/^(?:emerg|alert|crit|fatal|panic|err|severe)/i.test(word)) return 'error';
	if (/^warn/i.test(word)) return 'warning';
	if (/^(?:debug|trace|verbose|fine)/i.test(word)) return 'debug';
	return /^(?:info|notice|log|detail|hint|statement|context)/i.test(word) ? 'info' : undefined;
}
