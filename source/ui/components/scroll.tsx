import {Box, Text} from 'ink';
import {useReducer} from 'react';
import {plural} from '../format.js';
import {useKeys} from '../hooks.js';
import {type Lines, Rows} from './lines.js';

export type ScrollAction =
	| {readonly type: 'by'; readonly lines: number; readonly last: number}
	| {readonly type: 'to'; readonly offset: number};

/** First line shown, kept between 0 and `last`. */
export function reduceScroll(offset: number, action: ScrollAction): number {
	switch (action.type) {
		case 'by':
			return Math.max(0, Math.min(action.last, Math.min(offset, action.last) + action.lines));
		case 'to':
			return action.offset;
		default:
			action satisfies never;
			return offset;
	}
}

export type ScrollProps = {
	readonly lines: Lines;
	/** Rows that may be used, the line that tells of more included. */
	readonly height: number;
	/** Arrow keys scroll too, where no list needs them. */
	readonly withArrows?: boolean;
	/** Letters and Space belong to a field: only PageDown and PageUp move. */
	readonly isTyping?: boolean;
	readonly isActive?: boolean;
};

/** Lines that may be more than fit: Space and b, PageDown and PageUp move; the last row says how much there is more. */
export function Scroll({lines, height, withArrows = false, isTyping = false, isActive = true}: ScrollProps) {
	const [position, move] = useReducer(reduceScroll, 0);
	const fits = lines.length <= height;
	const page = Math.max(1, height - 1);
	const last = fits ? 0 : lines.length - page;
	const offset = Math.min(position, last);
	useKeys((input, key) => {
		if (key.pageDown || (input === ' ' && !isTyping)) move({type: 'by', lines: page, last});
		else if (key.pageUp || (input === 'b' && !isTyping)) move({type: 'by', lines: -page, last});
		else if (isTyping) return;
		else if (key.home) move({type: 'to', offset: 0});
		else if (key.end) move({type: 'to', offset: last});
		else if (withArrows && key.downArrow) move({type: 'by', lines: 1, last});
		else if (withArrows && key.upArrow) move({type: 'by', lines: -1, last});
	}, isActive && !fits);
	if (fits) return <Rows lines={lines} />;
	const below = lines.length - offset - page;
	const above = offset;
	const more = [
		...(below > 0 ? [`${plural(below, 'line')} below: ${isTyping ? 'PageDown' : 'Space'}`] : []),
		...(above > 0 ? [`${above} above: ${isTyping ? 'PageUp' : 'b'}`] : []),
	].join(' · ');
	return (
		<Box flexDirection="column">
			<Rows lines={lines.slice(offset, offset + page)} />
			<Text wrap="truncate" color="cyan">
				{`(${more})`}
			</Text>
		</Box>
	);
}
