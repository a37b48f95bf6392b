import {Box} from 'ink';
import {useMemo} from 'react';
import type {Question} from '../../flows/flow.js';
import {blank, type Lines, paragraph, Rows} from '../components/lines.js';
import {MultiSelect} from '../components/multi-select.js';
import {Screen} from '../components/screen.js';
import {type Option, Select} from '../components/select.js';
import {TextField} from '../components/text-field.js';
import type {KeyHint} from '../key-hint.js';

export type QuestionViewProps = {
	readonly flowTitle: string;
	readonly question: Question;
	/** What was wrong with the answer before. */
	readonly complaint?: string | undefined;
	readonly onAnswer: (value: unknown) => void;
};

const back: KeyHint = {key: 'Esc', does: 'back', important: true};
const help: KeyHint = {key: '?', does: 'keys', important: true};
const keysOf: Record<Question['kind'], readonly KeyHint[]> = {
	choice: [{key: '↑↓', does: 'move'}, {key: 'Enter', does: 'choose', important: true}, back, help],
	choices: [
		{key: 'Space', does: 'tick', important: true},
		{key: 'Enter', does: 'accept', important: true},
		back,
		{key: 'a', does: 'all'},
		{key: 'n', does: 'none'},
		help,
	],
	text: [{key: 'Enter', does: 'accept', important: true}, back, {key: 'Ctrl+U', does: 'clear'}],
	confirm: [{key: '↑↓', does: 'move'}, {key: 'Enter', does: 'choose', important: true}, back, help],
};

/** One question of a flow. */
export function QuestionView({flowTitle, question, complaint, onAnswer}: QuestionViewProps) {
	return (
		<Screen title={flowTitle} step="Question" keys={keysOf[question.kind]} isFleeting>
			{({width, height}) => {
				const intro: Lines = [
					...paragraph(question.title, width, {bold: true}),
					...(question.hint ? paragraph(question.hint, width, {dimColor: true}) : []),
					...(complaint ? paragraph(complaint, width, {color: 'yellow'}, '! ') : []),
					...blank,
				].slice(0, Math.max(1, height - 2));
				return (
					<Box flexDirection="column">
						<Rows lines={intro} />
						<Answer question={question} width={width} height={height - intro.length} onAnswer={onAnswer} />
					</Box>
				);
			}}
		</Screen>
	);
}

type AnswerProps = {
	readonly question: Question;
	readonly width: number;
	readonly height: number;
	readonly onAnswer: (value: unknown) => void;
};

function Answer({question, width, height, onAnswer}: AnswerProps) {
	switch (question.kind) {
		case 'choice':
			return (
				<Select
					options={question.choices}
					initialIndex={Math.max(
						0,
						question.choices.findIndex(choice => choice.value === question.initial),
					)}
					width={width}
					height={height}
					onSelect={onAnswer}
				/>
			);
		case 'choices':
			return (
				<MultiSelect
					options={question.choices}
					initial={question.initial}
					width={width}
					height={height}
					onSubmit={onAnswer}
				/>
			);
		case 'text':
			return (
				<TextField
					label={question.title}
					initial={question.initial ?? ''}
					isSecret={question.secret ?? false}
					placeholder={question.optional ? '(Enter leaves it empty)' : ''}
					width={width}
					onSubmit={value => {
						if (value !== '') onAnswer(value);
						else if (question.optional) onAnswer(undefined);
					}}
				/>
			);
		case 'confirm':
			return <YesNo initial={question.initial} width={width} height={height} onAnswer={onAnswer} />;
		default:
			question satisfies never;
			return undefined;
	}
}

const yesNo: readonly Option<boolean>[] = [
	{value: true, label: 'Yes'},
	{value: false, label: 'No'},
];

function YesNo({initial, width, height, onAnswer}: Omit<AnswerProps, 'question'> & {readonly initial: boolean}) {
	const options = useMemo(() => yesNo, []);
	return <Select options={options} initialIndex={initial ? 0 : 1} width={width} height={height} onSelect={onAnswer} />;
}
