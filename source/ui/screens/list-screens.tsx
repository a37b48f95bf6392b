import type {BackupRecord} from '../../settings.js';
import type {StackWarning} from '../../stack/stack.js';
import {blank, type Lines, noticeLines, paragraph} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {tableLines} from '../components/table.js';
import {formatAge, formatBytes, formatDuration, formatTime} from '../format.js';
import {describeProof, sortBackups} from '../home-model.js';
import type {KeyHint} from '../key-hint.js';
import {truncateMiddle} from '../text.js';
import {useUi} from '../ui-context.js';

const keys: readonly KeyHint[] = [
	{key: 'Esc', does: 'back', important: true},
	{key: '↑↓', does: 'scroll'},
	{key: '?', does: 'keys', important: true},
];

/** Every warning with what to do about it. */
export function WarningsScreen({warnings}: {readonly warnings: readonly StackWarning[]}) {
	const {symbols} = useUi();
	return (
		<Screen title="Warnings" keys={keys}>
			{({width, height}) => (
				<Scroll
					height={height}
					withArrows
					lines={warnings.flatMap(({message, hint}, index) => [
						...(index === 0 ? [] : blank),
						...noticeLines(symbols.warning, message, hint, width, {color: 'yellow'}),
					])}
				/>
			)}
		</Screen>
	);
}

/** The backups of this stack, newest first. */
export function HistoryScreen({backups, now}: {readonly backups: readonly BackupRecord[]; readonly now: number}) {
	return (
		<Screen title="Backups" keys={keys}>
			{({width, height}) => (
				<Scroll height={height} withArrows lines={historyLines(sortBackups(backups), width, now)} />
			)}
		</Screen>
	);
}

const wide = 70;

function historyLines(backups: readonly BackupRecord[], width: number, now: number): Lines {
	if (backups.length === 0) return paragraph('No backup has been made yet.', width);
	const fileName = (file: string) => file.split('/').at(-1) ?? file;
	const isWide = width >= wide;
	return tableLines(
		{
			columns: isWide ? ['Made', 'Size', 'Took', 'State', 'File'] : ['Made', 'Size', 'State'],
			rows: backups.map(backup => {
				const made = Date.parse(backup.createdAt);
				const state = `${describeProof(backup).text}${backup.encrypted ? ', encrypted' : ''}`;
				return isWide
					? [
							formatTime(made),
							formatBytes(backup.bytes),
							formatDuration(backup.durationMs),
							state,
							truncateMiddle(fileName(backup.file), 28),
						]
					: [formatAge(now - made), formatBytes(backup.bytes), state];
			}),
		},
		width,
	);
}
