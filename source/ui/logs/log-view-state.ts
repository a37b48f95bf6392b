import type {LogMatches} from './log-matches.js';

/** Which lines are on the screen: the newest, or those around a line that the user looks at. Numbers are those of the ring. */
export type LogViewState =
	| {readonly mode: 'follow'}
	| {readonly mode: 'paused'; readonly cursor: number; readonly bottom: number};

export type LogViewAction =
	| {readonly type: 'pause'}
	| {readonly type: 'follow'}
	/** Moves by lines that pass the filter; up is negative. */
	| {readonly type: 'move'; readonly by: number};

export function reduceLogView(
	state: LogViewState,
	action: LogViewAction,
	matches: Pick<LogMatches, 'count' | 'at' | 'positionOf'>,
	height: number,
): LogViewState {
	const last = matches.count() - 1;
	switch (action.type) {
		case 'follow':
			return {mode: 'follow'};
		case 'pause':
			return state.mode === 'paused' ? state : pauseAt(last, last, matches);
		case 'move': {
			const cursor = state.mode === 'paused' ? matches.positionOf(state.cursor) : last;
			const bottom = state.mode === 'paused' ? matches.positionOf(state.bottom) : last;
			const target = Math.max(0, Math.min(last, cursor + action.by));
			const lowest = Math.min(last, Math.max(target, Math.min(bottom, target + height - 1)));
			return pauseAt(target, lowest, matches);
		}

		default:
			action satisfies never;
			return state;
	}
}

function pauseAt(cursor: number, bottom: number, matches: Pick<LogMatches, 'at'>): LogViewState {
	return {mode: 'paused', cursor: matches.at(cursor) ?? 0, bottom: matches.at(bottom) ?? 0};
}

/** Numbers of the lines to draw, oldest first, at most `height`. */
export function visibleNumbers(
	state: LogViewState,
	matches: Pick<LogMatches, 'count' | 'at' | 'positionOf'>,
	height: number,
): readonly number[] {
	const last = matches.count() - 1;
	const wanted = state.mode === 'follow' ? last : Math.min(last, matches.positionOf(state.bottom));
	// What the ring has dropped cannot be shown: the window moves on to what is left.
	const bottom = Math.min(last, Math.max(wanted, height - 1));
	const numbers: number[] = [];
	for (let position = Math.max(0, bottom - height + 1); position <= bottom; position++) {
		const number = matches.at(position);
		if (number !== undefined) numbers.push(number);
	}

	return numbers;
}
