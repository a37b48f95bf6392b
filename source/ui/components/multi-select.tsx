import {Box, Text} from 'ink';
import {useRef, useState} from 'react';
import {useKeys} from '../hooks.js';
import {sanitizeLine, truncate} from '../text.js';
import {useUi} from '../ui-context.js';
import {type MultiSelectAction, type MultiSelectState, reduceMultiSelect} from './multi-select-state.js';
import type {Option} from './select.js';

export type MultiSelectProps = {
	readonly options: readonly Option<string>[];
	readonly initial: readonly string[];
	readonly width: number;
	readonly height: number;
	readonly onSubmit: (values: readonly string[]) => void;
};

/** Several of many: Space ticks, Enter accepts. */
export function MultiSelect({options, initial, width, height, onSubmit}: MultiSelectProps) {
	const {symbols} = useUi();
	const values = options.map(option => option.value);
	const latest = useRef<MultiSelectState>({cursor: 0, chosen: new Set(initial)});
	const [state, setState] = useState(latest.current);
	const apply = (action: MultiSelectAction) => {
		latest.current = reduceMultiSelect(latest.current, action, values);
		setState(latest.current);
	};

	useKeys((input, key) => {
		if (key.return) onSubmit(values.filter(value => latest.current.chosen.has(value)));
		else if (key.upArrow || input === 'k') apply({type: 'move', by: -1});
		else if (key.downArrow || input === 'j') apply({type: 'move', by: 1});
		else if (input === ' ') apply({type: 'toggle'});
		else if (input === 'a') apply({type: 'all'});
		else if (input === 'n') apply({type: 'none'});
	});

	const room = Math.max(1, height - 1);
	const first = Math.max(0, Math.min(state.cursor - Math.floor(room / 2), options.length - room));
	return (
		<Box flexDirection="column" aria-role="listbox">
			{options.slice(first, first + room).map((option, index) => {
				const isHere = first + index === state.cursor;
				const isChosen = state.chosen.has(option.value);
				const label = truncate(sanitizeLine(option.label), width - 6);
				return (
					<Box key={option.value} aria-role="option" aria-state={{selected: isHere, checked: isChosen}}>
						<Text wrap="truncate">
							<Text color="cyan" bold>
								{isHere ? symbols.pointer : ' '}
							</Text>
							{` ${isChosen ? symbols.checked : symbols.unchecked} `}
							{isHere ? <Text bold>{label}</Text> : label}
							{option.hint ? <Text dimColor>{`  ${sanitizeLine(option.hint)}`}</Text> : undefined}
						</Text>
					</Box>
				);
			})}
			<Text dimColor>{`  ${state.chosen.size} of ${options.length} chosen`}</Text>
		</Box>
	);
}
