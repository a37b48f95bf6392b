/** Text being typed; the cursor counts code points from 0 to the length. */
export type TextFieldState = {readonly value: string; readonly cursor: number};

export type TextFieldAction =
	| {readonly type: 'insert'; readonly text: string}
	| {readonly type: 'delete-before'}
	| {readonly type: 'delete-word'}
	| {readonly type: 'delete-to-start'}
	| {readonly type: 'delete-to-end'}
	| {readonly type: 'move'; readonly by: number}
	| {readonly type: 'start'}
	| {readonly type: 'end'};

export function startTextField(value: string): TextFieldState {
	return {value, cursor: [...value].length};
}

export function reduceTextField(state: TextFieldState, action: TextFieldAction): TextFieldState {
	const characters = [...state.value];
	const before = characters.slice(0, state.cursor);
	const after = characters.slice(state.cursor);
	switch (action.type) {
		case 'insert':
			return join([...before, ...action.text], after);
		case 'delete-before':
			return join(before.slice(0, -1), after);
		case 'delete-word':
			return join([...before.join('').replace(/\S*\s*$/, '')], after);
		case 'delete-to-start':
			return join([], after);
		case 'delete-to-end':
			return join(before, []);
		case 'move':
			return {...state, cursor: Math.max(0, Math.min(characters.length, state.cursor + action.by))};
		case 'start':
			return {...state, cursor: 0};
		case 'end':
			return {...state, cursor: characters.length};
		default:
			action satisfies never;
			return state;
	}
}

function join(before: readonly string[], after: readonly string[]): TextFieldState {
	return {value: [...before, ...after].join(''), cursor: before.length};
}
