/** Several of many: which ones are chosen, and where the pointer is. */
export type MultiSelectState = {
	readonly cursor: number;
	readonly chosen: ReadonlySet<string>;
};

export type MultiSelectAction =
	| {readonly type: 'move'; readonly by: number}
	| {readonly type: 'toggle'}
	| {readonly type: 'all'}
	| {readonly type: 'none'};

export function reduceMultiSelect(
	state: MultiSelectState,
	action: MultiSelectAction,
	values: readonly string[],
): MultiSelectState {
	switch (action.type) {
		case 'move':
			return {...state, cursor: (state.cursor + action.by + values.length) % Math.max(1, values.length)};
		case 'toggle': {
			const value = values[state.cursor];
			if (value === undefined) return state;
			const chosen = new Set(state.chosen);
			if (!chosen.delete(value)) chosen.add(value);
			return {...state, chosen};
		}

		case 'all':
			return {...state, chosen: new Set(values)};
		case 'none':
			return {...state, chosen: new Set()};
		default:
			action satisfies never;
			return state;
	}
}
