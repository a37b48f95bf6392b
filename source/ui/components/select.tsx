import {Box, Text} from 'ink';
import SelectInput, {type IndicatorProps, type ItemProps} from 'ink-select-input';
import {useMemo, useState} from 'react';
import {displayWidth, padEnd, sanitizeLine, truncate, wrapText} from '../text.js';
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
	const wraps = rowsOfOptions(options, width, alwaysHints) <= height;
	const texts = JSON.stringify(textsOf(options));
	const items = useMemo(
		() => layOut(JSON.parse(texts), width - 2, alwaysHints, wraps),
		[texts, width, alwaysHints, wraps],
	);
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

/** Rows that the options take when no label is cut; with fewer of them labels are cut to one row each. */
export function rowsOfOptions(options: readonly Option<unknown>[], width: number, alwaysHints = false): number {
	return layOut(textsOf(options), width - 2, alwaysHints, true).reduce((rows, {lines}) => rows + lines.length, 0);
}

type Texts = readonly (readonly [label: string, hint: string])[];

function textsOf(options: readonly Option<unknown>[]): Texts {
	return options.map(({label, hint = ''}) => [sanitizeLine(label), sanitizeLine(hint)]);
}

/** Items with the lines of their labels; hints only where there is room for them. The same objects while nothing changes: ink-select-input starts again from the top otherwise. */
function layOut(texts: Texts, width: number, alwaysHints: boolean, wraps: boolean) {
	const hasHints = (width >= narrow || alwaysHints) && texts.some(([, hint]) => hint !== '');
	const widest = Math.max(...texts.map(([label]) => displayWidth(label)));
	const widestHint = Math.max(...texts.map(([, hint]) => displayWidth(hint)));
	const column = Math.min(widest, Math.max(Math.floor(width * 0.6), width - widestHint - 2));
	return texts.map(([label, text], value) => {
		// A label that is too long for its column says more than the help beside it.
		const hint = hasHints && (alwaysHints || displayWidth(label) <= column) ? text : '';
		const labelWidth = hint === '' ? width : column;
		return {
			key: String(value),
			value,
			label,
			lines: wraps ? wrapText(label, labelWidth) : [truncate(label, labelWidth)],
			hint: truncate(hint, width - labelWidth - 2),
			labelWidth,
		};
	});
}

type ItemViewProps = ItemProps & {
	readonly lines?: readonly string[];
	readonly hint?: string;
	readonly labelWidth?: number;
};

/** ink-select-input hands every property of an item to its component. */
function ItemView({isSelected = false, lines = [], hint = '', labelWidth = 0}: ItemViewProps) {
	return (
		<Box flexDirection="column" aria-role="option" aria-state={{selected: isSelected}}>
			{lines.map((line, row) => (
				// biome-ignore lint/suspicious/noArrayIndexKey: a row has no identity but its place
				<Text key={row} wrap="truncate">
					<Text {...(isSelected ? {bold: true, color: 'cyan'} : {})}>
						{hint === '' ? line : padEnd(line, labelWidth)}
					</Text>
					{hint === '' || row > 0 ? undefined : <Text dimColor>{`  ${hint}`}</Text>}
				</Text>
			))}
		</Box>
	);
}
