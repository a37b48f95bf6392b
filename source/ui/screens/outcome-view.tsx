import {Box} from 'ink';
import type {Outcome} from '../../flows/flow.js';
import {blank, commandLines, factLines, heading, type Lines, paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {type Option, Select} from '../components/select.js';
import {tableLines} from '../components/table.js';
import {formatCommand} from '../format.js';
import type {KeyHint} from '../key-hint.js';
import type {Symbols} from '../symbols.js';
import {useUi} from '../ui-context.js';

export type OutcomeViewProps = {
	readonly flowTitle: string;
	readonly outcome: Outcome;
	/** Flows that can be gone on with, and the way home; at least one. */
	readonly options: readonly Option<string>[];
	readonly onSelect: (value: string) => void;
};

const keys: readonly KeyHint[] = [
	{key: 'Enter', does: 'choose', important: true},
	{key: 'Space', does: 'read on'},
	{key: '?', does: 'keys', important: true},
	{key: 'q', does: 'quit', important: true},
];

/** How it ended, what came of it, and what to do next. */
export function OutcomeView({flowTitle, outcome, options, onSelect}: OutcomeViewProps) {
	const {symbols} = useUi();
	return (
		<Screen title={flowTitle} step="Outcome" keys={keys}>
			{({width, height}) => {
				const menuHeight = Math.min(options.length, Math.max(1, height - 4));
				return (
					<Box flexDirection="column">
						<Scroll lines={outcomeLines(outcome, width, symbols)} height={Math.max(2, height - menuHeight - 1)} />
						<Rows lines={blank} />
						<Select options={options} width={width} height={menuHeight} onSelect={onSelect} />
					</Box>
				);
			}}
		</Screen>
	);
}

/** An outcome as lines; the sign says again what the colour says. */
export function outcomeLines(
	{status, title, facts, table, notes, next}: Outcome,
	width: number,
	symbols: Symbols,
): Lines {
	const sign = {success: symbols.ok, problems: symbols.warning, failure: symbols.failed}[status];
	const color = {success: 'green', problems: 'yellow', failure: 'red'}[status] as 'green' | 'yellow' | 'red';
	return [
		...paragraph(title, width, {bold: true, color}, `${sign} `),
		...(facts.length > 0 ? [...blank, ...factLines(facts, width)] : []),
		...(notes.length > 0 ? [...blank, ...notes.flatMap(note => paragraph(note, width, {}, `${symbols.idle} `))] : []),
		...(next.length > 0
			? [
					...blank,
					...heading('Next'),
					...next.flatMap(({text, command}) => [
						...paragraph(text, width, {}, `${symbols.idle} `),
						...(command ? commandLines(formatCommand(command), width) : []),
					]),
				]
			: []),
		...(table && table.rows.length > 0 ? [...blank, ...tableLines(table, width)] : []),
	];
}
