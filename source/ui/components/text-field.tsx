import {Box, type Key, Text} from 'ink';
import {useRef, useState} from 'react';
import {useKeys, useTextCapture} from '../hooks.js';
import {sanitizeLine} from '../text.js';
import {useUi} from '../ui-context.js';
import {reduceTextField, startTextField, type TextFieldAction} from './text-field-state.js';

export type TextFieldProps = {
	readonly label: string;
	readonly initial?: string;
	/** Shows dots instead of what is typed. */
	readonly isSecret?: boolean;
	readonly placeholder?: string;
	readonly width: number;
	readonly isActive?: boolean;
	readonly onChange?: (value: string) => void;
	readonly onSubmit: (value: string) => void;
};

/** One line of text. Backspace arrives as Delete in many terminals, and a paste as one long key: both are at home here. */
export function TextField(props: TextFieldProps) {
	const {label, initial = '', isSecret = false, placeholder = '', width, isActive = true, onChange, onSubmit} = props;
	const {symbols} = useUi();
	const latest = useRef(startTextField(initial));
	const [state, setState] = useState(latest.current);
	useTextCapture(isActive);

	const apply = (action: TextFieldAction) => {
		const previous = latest.current;
		latest.current = reduceTextField(previous, action);
		setState(latest.current);
		if (previous.value !== latest.current.value) onChange?.(latest.current.value);
	};

	useKeys((input, key) => {
		if (key.return) {
			onSubmit(latest.current.value);
			return;
		}

		const action = actionOf(input, key);
		if (action) {
			apply(action);
			return;
		}

		if (key.ctrl || key.meta || key.escape || key.tab || input === '') return;
		const [typed = '', ...rest] = input.split(/[\r\n]/);
		const text = sanitizeLine(typed);
		if (text !== '') apply({type: 'insert', text});
		if (rest.length > 0) onSubmit(latest.current.value);
	}, isActive);

	const shown = [...(isSecret ? '•'.repeat([...state.value].length) : state.value)];
	const room = Math.max(4, width - 4);
	const start = Math.max(0, state.cursor - room + 1);
	const before = shown.slice(start, state.cursor).join('');
	const at = shown[state.cursor] ?? ' ';
	const after = shown.slice(state.cursor + 1, start + room).join('');
	return (
		<Box aria-role="textbox" aria-label={`${label} ${isSecret ? 'hidden' : state.value}`}>
			<Text wrap="truncate">
				<Text color="cyan" bold>{`${symbols.pointer} `}</Text>
				{before}
				{isActive ? <Text inverse>{at}</Text> : at}
				{after}
				{state.value === '' && placeholder !== '' ? <Text dimColor>{` ${placeholder}`}</Text> : undefined}
			</Text>
		</Box>
	);
}

function actionOf(input: string, key: Key): TextFieldAction | undefined {
	if (key.backspace || key.delete) return {type: key.meta ? 'delete-word' : 'delete-before'};
	if (key.leftArrow) return {type: 'move', by: -1};
	if (key.rightArrow) return {type: 'move', by: 1};
	if (key.home) return {type: 'start'};
	if (key.end) return {type: 'end'};
	if (!key.ctrl) return undefined;
	switch (input) {
		case 'a':
			return {type: 'start'};
		case 'e':
			return {type: 'end'};
		case 'u':
			return {type: 'delete-to-start'};
		case 'k':
			return {type: 'delete-to-end'};
		case 'w':
			return {type: 'delete-word'};
		case 'h':
			return {type: 'delete-before'};
		default:
			return undefined;
	}
}
