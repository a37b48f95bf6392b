import {Box, Text} from 'ink';
import SelectInput, {type IndicatorProps, type ItemProps} from 'ink-select-input';
import {useMemo, useState} from 'react';
import {displayWidth, padEnd, sanitizeLine, truncate} from '../text.js';
import {useUi} from '../ui-context.js';

export type Option<Value> = {
	readonly value: Value;
	readonly label: string;
	readonly hint?: string | undefined;
};

export type SelectProps<Value> = {
	readonly options: readonly Option<Value>[];
	readonly onSelect: (value: Value) => void;
	readonly onHighlight?: (value: Value) => void;
	/** Position that is highlighted at first. @default 0 */
	readonly initialIndex?: number;
	readonly width: number;
	/** Rows that may be used. */
	readonly height: number;
	readonly isActive?: boolean;
	/** The words beside the labels are values, not help: they stay on a narrow terminal. */
	readonly alwaysHints?: boolean;
};

const narrow = 56;

/** One of several, with a few words beside each where there is room. Nothing destructive happens by choosing: a review follows. */
export function Select<Value>(props: SelectProps<Value>) {
	const {options, onSelect, onHighlight, initialIndex = 0, width, height, isActive = true, alwaysHints = false} = props;
	const ui = useUi();
	const [highlighted, setHighlighted] = useState(initialIndex);
	const isCut = options.length > height;
	const limit = isCut ? Math.max(1, height - 1) : options.length;
	const texts = JSON.stringify(options.map(({label, hint = ''}) => [sanitizeLine(label), sanitizeLine(hint)]));
	const items = useMemo(() => layOut(JSON.parse(texts), width - 2, alwaysHints), [texts, width, alwaysHints]);
	return (
		<Box flexDirection="column" aria-role="listbox">
			<SelectInput
				items={items}
				initialIndex={initialIndex}
				limit={limit}
				isFocused={isActive && ui.isActive}
				indicatorComponent={Indicator}
				itemComponent={ItemView}
				onSelect={item => {
					const option = options[item.value];
					if (option) onSelect(option.value);
				}}
				onHighlight={item => {
					setHighlighted(item.value);
					const option = options[item.value];
					if (option) onHighlight?.(option.value);
				}}
			/>
			{isCut ? <Text dimColor>{`  ${highlighted + 1} of ${options.length}`}</Text> : undefined}
		</Box>
	);
}

function Indicator({isSelected = false}: IndicatorProps) {
	const {symbols} = useUi();
	return (
		<Box width={2} flexShrink={0} aria-hidden>
			<Text color="cyan" bold>
				{isSelected ? symbols.pointer : ' '}
			</Text>
		</Box>
	);
}

/** Items with the width of their labels; hints only where there is room for them. The same objects while nothing changes: ink-select-input starts again from the top otherwise. */
function layOut(texts: readonly (readonly [label: string, hint: string])[], width: number, alwaysHints: boolean) {
	const widest = Math.max(...texts.map(([label]) => displayWidth(label)));
	const widestHint = Math.max(...texts.map(([, hint]) => displayWidth(hint)));
	const labelWidth = Math.min(widest, Math.max(Math.floor(width * 0.6), width - widestHint - 2));
	return texts.map(([label, hint], value) => ({
		key: String(value),
		value,
		label,
		labelWidth,
		width,
		hint: width >= narrow || alwaysHints ? hint : '',
	}));
}

type ItemViewProps = ItemProps & {readonly hint?: string; readonly labelWidth?: number; readonly width?: number};

/** ink-select-input hands every property of an item to its component. */
function ItemView({isSelected = false, label, hint = '', labelWidth = 0, width = 0}: ItemViewProps) {
	const text = hint === '' ? truncate(label, width) : padEnd(truncate(label, labelWidth), labelWidth);
	return (
		<Box aria-role="option" aria-state={{selected: isSelected}}>
			<Text wrap="truncate">
				{isSelected ? (
					<Text bold color="cyan">
						{text}
					</Text>
				) : (
					text
				)}
				{hint === '' ? undefined : <Text dimColor>{`  ${truncate(hint, width - labelWidth - 2)}`}</Text>}
			</Text>
		</Box>
	);
}
