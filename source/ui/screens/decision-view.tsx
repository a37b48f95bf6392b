import {Box} from 'ink';
import type {Decision} from '../../services.js';
import {blank, paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {Select} from '../components/select.js';
import type {KeyHint} from '../key-hint.js';
import {useUi} from '../ui-context.js';

export type DecisionViewProps = {
	readonly flowTitle: string;
	readonly decision: Decision;
	readonly onDecide: (value: string) => void;
};

const keys: readonly KeyHint[] = [
	{key: 'Enter', does: 'choose', important: true},
	{key: 'Space', does: 'read on'},
	{key: '?', does: 'keys', important: true},
];

/** An operation waits: what happened, and the ways on. */
export function DecisionView({flowTitle, decision, onDecide}: DecisionViewProps) {
	const {symbols} = useUi();
	return (
		<Screen title={flowTitle} step="Failed" keys={keys}>
			{({width, height}) => {
				const [first = '', ...rest] = decision.lines;
				const lines = [
					...paragraph(first, width, {bold: true, color: 'red'}, `${symbols.failed} `),
					...(rest.length > 0 ? blank : []),
					...rest.flatMap(text => (text === '' ? blank : paragraph(text.trimStart(), width, {}, indentOf(text)))),
				];
				const question = paragraph(decision.title, width, {bold: true});
				const menuHeight = Math.min(decision.choices.length, Math.max(1, height - question.length - 4));
				return (
					<Box flexDirection="column">
						<Scroll lines={lines} height={Math.max(2, height - question.length - menuHeight - 2)} />
						<Rows lines={[...blank, ...question]} />
						<Select options={decision.choices} width={width} height={menuHeight} onSelect={onDecide} />
					</Box>
				);
			}}
		</Screen>
	);
}

function indentOf(text: string): string {
	return ' '.repeat(text.length - text.trimStart().length);
}
