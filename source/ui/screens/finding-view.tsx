import {Box} from 'ink';
import {useState} from 'react';
import {blank, heading, paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {type Option, rowsOfOptions, Select} from '../components/select.js';
import {useEscape} from '../hooks.js';
import type {KeyHint} from '../key-hint.js';
import {sanitizeData} from '../text.js';
import {useUi} from '../ui-context.js';
import type {Finding, FindingFix, WizardFlow} from '../wizard.js';
import {findingLines} from './finding-lines.js';

type FindingViewProps = {
	readonly finding: Finding;
	readonly flowOf: (fix: FindingFix) => WizardFlow | undefined;
	readonly onFlow: (flow: WizardFlow) => void;
	readonly onBack: () => void;
};

const findingKeys: readonly KeyHint[] = [
	{key: '↑↓', does: 'move'},
	{key: 'Enter', does: 'choose', important: true},
	{key: 'Space', does: 'read on'},
	{key: 'Esc', does: 'back', important: true},
	{key: '?', does: 'keys', important: true},
];

/** One problem: why it is taken for that, and what can be done. */
export function FindingView({finding, flowOf, onFlow, onBack}: FindingViewProps) {
	const {symbols} = useUi();
	const [described, setDescribed] = useState<FindingFix>();
	useEscape(() => (described ? setDescribed(undefined) : onBack()));
	const fixes = finding.fixes.toSorted((one, other) => Number(one.destructive) - Number(other.destructive));
	if (described) return <StepsView fix={described} onBack={() => setDescribed(undefined)} />;
	const options: readonly Option<string>[] = [
		...sanitizeData(fixes).map(({id, title, destructive, steps, applicable}) => ({
			value: id,
			label: destructive ? `${title} (can lose data)` : title,
			hint: applicable === false ? `by hand: ${steps[0] ?? ''}` : (steps[0] ?? ''),
		})),
		{value: '', label: 'Back to the list'},
	];
	const choose = (id: string) => {
		const fix = fixes.find(other => other.id === id);
		if (!fix) {
			onBack();
			return;
		}

		const flow = flowOf(fix);
		if (flow) onFlow(flow);
		else setDescribed(fix);
	};

	return (
		<Screen title="Troubleshoot" step={finding.service ?? ''} keys={findingKeys}>
			{({width, height}) => {
				const menuHeight = Math.min(rowsOfOptions(options, width), Math.max(2, height - 7));
				return (
					<Box flexDirection="column">
						<Scroll
							lines={findingLines(sanitizeData(finding), width, symbols)}
							height={Math.max(2, height - menuHeight - 2)}
						/>
						<Rows lines={[...blank, ...heading('What can be done')]} />
						<Select options={options} width={width} height={menuHeight} onSelect={choose} />
					</Box>
				);
			}}
		</Screen>
	);
}

/** A fix that only a person can carry out. */
function StepsView({fix, onBack}: {readonly fix: FindingFix; readonly onBack: () => void}) {
	const {title, steps, destructive} = sanitizeData(fix);
	return (
		<Screen title="Troubleshoot" step="By hand" keys={findingKeys}>
			{({width, height}) => (
				<Box flexDirection="column">
					<Scroll
						height={Math.max(2, height - 2)}
						lines={[
							...paragraph(title, width, {bold: true}),
							...(destructive
								? paragraph('This can lose data: make a backup first.', width, {color: 'red'}, '! ')
								: []),
							...paragraph('Lifeboat cannot do this for you. Step by step:', width),
							...blank,
							...steps.flatMap((step, index) => paragraph(step, width, {}, `${String(index + 1).padStart(2)}  `)),
						]}
					/>
					<Rows lines={blank} />
					<Select
						options={[{value: 'back', label: 'Back to the problem'}]}
						width={width}
						height={1}
						onSelect={onBack}
					/>
				</Box>
			)}
		</Screen>
	);
}
