import {Text} from 'ink';
import type {Symbols} from '../symbols.js';
import {displayWidth, padEnd, sanitizeLine, truncate} from '../text.js';
import type {LogRecord} from '../wizard.js';

export type LogRowProps = {
	readonly record: LogRecord;
	readonly isSelected: boolean;
	readonly search: string;
	/** What a known cause says about the line. */
	readonly explanation: string | undefined;
	readonly serviceWidth: number;
	readonly color: string;
	readonly width: number;
	readonly symbols: Symbols;
};

const withTime = 64;

/** One line of a log: time, service, a sign for its level, the text with what is searched for set off. */
export function LogRow(props: LogRowProps) {
	const {record, isSelected, search, explanation, serviceWidth, color, width, symbols} = props;
	const time = width >= withTime ? `${new Date(record.time).toISOString().slice(11, 19)} ` : '';
	const service = padEnd(truncate(sanitizeLine(record.service), serviceWidth), serviceWidth);
	const sign = signOf(record, symbols);
	const note = explanation ? ` ${symbols.note} ${sanitizeLine(explanation)}` : '';
	const noteRoom = Math.min(displayWidth(note), Math.floor(width / 2));
	const room = width - 2 - displayWidth(time) - serviceWidth - 1 - 2 - noteRoom;
	const text = truncate(withoutTime(sanitizeLine(record.line), search), Math.max(1, room));
	return (
		<Text wrap="truncate" bold={isSelected}>
			<Text color="cyan">{isSelected ? `${symbols.pointer} ` : '  '}</Text>
			<Text dimColor>{time}</Text>
			<Text color={color}>{`${service} `}</Text>
			<Text {...levelStyle(record)}>{`${sign} `}</Text>
			<Highlighted text={text} search={search} style={levelStyle(record)} />
			{note === '' ? undefined : <Text color="magenta">{truncate(note, noteRoom)}</Text>}
		</Text>
	);
}

const ownTime =
	/^\[?\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|GMT|[+-]\d\d:?\d\d))?\]?(?: \[\d+\])?[ :]*(?=\S)/;

/** The time is told beside the line, and where there is no room for that there is none for it twice; a selected line is shown whole. */
function withoutTime(line: string, search: string): string {
	const [stamp = ''] = ownTime.exec(line) ?? [];
	const isSought = search !== '' && stamp.toLowerCase().includes(search.toLowerCase());
	return isSought ? line : line.slice(stamp.length);
}

function signOf({level}: LogRecord, symbols: Symbols): string {
	if (level === 'error') return symbols.failed;
	return level === 'warning' ? symbols.warning : ' ';
}

function levelStyle({level}: LogRecord): {readonly color?: string; readonly dimColor?: boolean} {
	if (level === 'error') return {color: 'red'};
	if (level === 'warning') return {color: 'yellow'};
	return level === 'debug' ? {dimColor: true} : {};
}

type HighlightedProps = {
	readonly text: string;
	readonly search: string;
	readonly style: {readonly color?: string; readonly dimColor?: boolean};
};

function Highlighted({text, search, style}: HighlightedProps) {
	const start = search === '' ? -1 : text.toLowerCase().indexOf(search.toLowerCase());
	if (start < 0) return <Text {...style}>{text}</Text>;
	const end = start + search.length;
	return (
		<Text {...style}>
			{text.slice(0, start)}
			<Text inverse>{text.slice(start, end)}</Text>
			{text.slice(end)}
		</Text>
	);
}
