import {Box} from 'ink';
import {blank, factLines, paragraph} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {Select} from '../components/select.js';
import type {KeyHint} from '../key-hint.js';
import {sanitizeData} from '../text.js';
import {useUi} from '../ui-context.js';
import type {Recovery} from '../wizard.js';

export type RecoveryScreenProps = {
	readonly recovery: Recovery;
	/** Position of the choice, or undefined for "not now". */
	readonly onChoose: (choice: number | undefined) => void;
};

const keys: readonly KeyHint[] = [
	{key: '↑↓', does: 'move'},
	{key: 'Enter', does: 'choose', important: true},
	{key: 'Esc', does: 'not now', important: true},
	{key: '?', does: 'keys', important: true},
];

/** An earlier run was cut off: finish it, undo it, or look around first. */
export function RecoveryScreen({recovery, onChoose}: RecoveryScreenProps) {
	const {symbols} = useUi();
	const {message, facts, choices} = sanitizeData({
		message: recovery.message,
		facts: recovery.facts,
		choices: recovery.choices.map(({label, hint}) => ({label, hint})),
	});
	const options = [
		...choices.map(({label, hint}, value) => ({value: value as number | undefined, label, hint})),
		{value: undefined, label: 'Not now', hint: 'Look around first; nothing else may change the stack until then'},
	];
	return (
		<Screen title="Unfinished work" keys={keys}>
			{({width, height}) => {
				const menuHeight = Math.min(options.length, Math.max(1, height - 4));
				return (
					<Box flexDirection="column">
						<Scroll
							height={Math.max(2, height - menuHeight - 1)}
							lines={[
								...paragraph(message, width, {bold: true, color: 'yellow'}, `${symbols.warning} `),
								...(facts.length > 0 ? [...blank, ...factLines(facts, width)] : []),
								...blank,
								...paragraph('What should be done about it?', width),
							]}
						/>
						<Select options={options} width={width} height={menuHeight} onSelect={onChoose} />
					</Box>
				);
			}}
		</Screen>
	);
}
