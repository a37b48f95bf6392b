import {Box} from 'ink';
import type {KeyHint} from '../key-hint.js';
import {useUi} from '../ui-context.js';
import {KeyHints} from './key-hints.js';
import {blank, factLines, heading, Rows} from './lines.js';
import {bodySize, Header} from './screen.js';

const everywhere: readonly KeyHint[] = [
	{key: 'Esc', does: 'Back'},
	{key: 'Ctrl+C', does: 'Cancels what runs, safely; when nothing runs, leaves'},
	{key: 'q', does: 'Leaves Lifeboat when nothing runs'},
	{key: '?', does: 'This list'},
];

/** The keys of the screen beneath, in full. */
export function Help({keys}: {readonly keys: readonly KeyHint[]}) {
	const {columns, rows} = useUi();
	const {width, height} = bodySize(columns, rows);
	const known = new Set(everywhere.map(({key}) => key));
	const own = keys.filter(({key}) => !known.has(key));
	const facts = (hints: readonly KeyHint[]) =>
		factLines(
			hints.map(({key, does}) => [key, does.charAt(0).toUpperCase() + does.slice(1)] as const),
			width,
		);
	return (
		<Box flexDirection="column" width={columns}>
			<Header title="Keys" step={undefined} width={width} withRule={rows >= 16} />
			<Box flexDirection="column" paddingX={1} paddingTop={rows >= 22 ? 1 : 0}>
				<Rows
					lines={[
						...(own.length > 0 ? [...heading('Here'), ...facts(own), ...blank] : []),
						...heading('Everywhere'),
						...facts(everywhere),
					].slice(0, height)}
				/>
			</Box>
			<Box paddingX={1} paddingTop={rows >= 16 ? 1 : 0}>
				<KeyHints keys={[{key: 'Any key', does: 'close', important: true}]} width={width} />
			</Box>
		</Box>
	);
}
