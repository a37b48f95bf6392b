import {Box, Text, useIsScreenReaderEnabled} from 'ink';
import {type ReactNode, useEffect} from 'react';
import type {KeyHint} from '../key-hint.js';
import {displayWidth, truncate} from '../text.js';
import {useUi} from '../ui-context.js';
import {KeyHints} from './key-hints.js';

export type BodySize = {readonly width: number; readonly height: number};

/** Rows from which on there is a rule under the header and space above the keys, and from which on space above the content too. */
const tall = 16;
const roomy = 22;

/** Room between header and footer. One row of the terminal always stays free: a frame as tall as the terminal makes Ink wipe the scrollback. */
export function bodySize(columns: number, rows: number): BodySize {
	const chrome = rows < tall ? 2 : rows < roomy ? 4 : 5;
	return {width: Math.max(10, columns - 2), height: Math.max(3, rows - 1 - chrome)};
}

export type ScreenProps = {
	/** Last part of the way shown at the top. */
	readonly title?: string;
	/** Where in the course of a flow this is, at the right: `Review`. */
	readonly step?: string;
	readonly keys: readonly KeyHint[];
	/** Nothing of it stays in the terminal after the wizard: a question that nobody answered is no result. */
	readonly isFleeting?: boolean;
	readonly children: (size: BodySize) => ReactNode;
};

/** The frame of every screen: where am I, what is going on, what can I press. */
export function Screen({title, step, keys, isFleeting = false, children}: ScreenProps) {
	const {columns, rows, isHelpOpen, isClosed, setKeys} = useUi();
	const size = bodySize(columns, rows);
	const isTall = rows >= tall;
	const keyNames = keys.map(({key, does}) => `${key} ${does}`).join('\n');
	// biome-ignore lint/correctness/useExhaustiveDependencies: the names stand for the keys, which are new objects at each render
	useEffect(() => setKeys(keys), [keyNames, setKeys]);
	if (isClosed && isFleeting) return undefined;
	return (
		<Box flexDirection="column" width={columns} display={isHelpOpen ? 'none' : 'flex'}>
			<Header title={title} step={step} width={size.width} withRule={isTall} />
			<Box flexDirection="column" paddingX={1} paddingTop={rows >= roomy ? 1 : 0} width={columns}>
				{children(size)}
			</Box>
			{isClosed ? undefined : (
				<Box paddingX={1} paddingTop={isTall ? 1 : 0}>
					<KeyHints keys={keys} width={size.width} />
				</Box>
			)}
		</Box>
	);
}

type HeaderProps = {
	readonly title: string | undefined;
	readonly step: string | undefined;
	readonly width: number;
	readonly withRule: boolean;
};

export function Header({title, step, width, withRule}: HeaderProps) {
	const {crumbs, symbols} = useUi();
	const isScreenReader = useIsScreenReaderEnabled();
	const way = [...crumbs, ...(title ? [title] : [])];
	const right = step && width >= 50 ? step : '';
	const room = width - (right ? displayWidth(right) + 2 : 0);
	const shown = fitCrumbs(way, room, symbols.crumb);
	return (
		<Box flexDirection="column" paddingX={1}>
			<Box justifyContent="space-between" width={width}>
				<Text wrap="truncate" bold color="cyan">
					{shown}
				</Text>
				{right ? <Text dimColor>{right}</Text> : undefined}
			</Box>
			{withRule && !isScreenReader ? <Text dimColor>{symbols.rule.repeat(width)}</Text> : undefined}
		</Box>
	);
}

/** Leaves out names from the left until the way fits: where one is matters more than where one came from. */
function fitCrumbs(way: readonly string[], width: number, separator: string): string {
	for (let start = 0; start < way.length; start++) {
		const text = way.slice(start).join(separator);
		if (displayWidth(text) <= width) return text;
	}

	return truncate(way.at(-1) ?? '', width);
}
