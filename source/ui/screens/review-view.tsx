import {Box} from 'ink';
import type {PlanReview} from '../../flows/flow.js';
import {diffLines} from '../components/diff.js';
import {blank, factLines, heading, type Lines, noticeLines, paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {type Option, Select} from '../components/select.js';
import {TypedConfirm} from '../components/typed-confirm.js';
import type {KeyHint} from '../key-hint.js';
import type {Symbols} from '../symbols.js';
import {useUi} from '../ui-context.js';

export type ReviewViewProps = {
	readonly flowTitle: string;
	readonly review: PlanReview;
	readonly onStart: () => void;
	readonly onBack: () => void;
};

const keys: readonly KeyHint[] = [
	{key: 'Enter', does: 'choose', important: true},
	{key: 'Esc', does: 'back', important: true},
	{key: 'Space', does: 'read on'},
	{key: '?', does: 'keys', important: true},
];
const typingKeys: readonly KeyHint[] = [
	{key: 'Enter', does: 'go ahead', important: true},
	{key: 'Esc', does: 'back', important: true},
	{key: 'PgDn', does: 'read on'},
];

const startOption: Option<'start' | 'back'> = {
	value: 'start',
	label: 'Start',
	hint: 'Do exactly what is written above',
};
const backOption: Option<'start' | 'back'> = {value: 'back', label: 'Go back', hint: 'Change nothing'};

/** What is going to happen, before anything does. */
export function ReviewView({flowTitle, review, onStart, onBack}: ReviewViewProps) {
	const {symbols} = useUi();
	const {confirmWord} = review;
	const options = review.needsConsent ? consentOptions : plainOptions;
	return (
		<Screen title={flowTitle} step="Review" keys={confirmWord ? typingKeys : keys} isFleeting>
			{({width, height}) => {
				const footHeight = confirmWord ? 4 : 3;
				return (
					<Box flexDirection="column">
						<Scroll
							lines={reviewLines(review, width, symbols)}
							height={Math.max(2, height - footHeight)}
							isTyping={confirmWord !== undefined}
						/>
						<Rows lines={blank} />
						{confirmWord ? (
							<TypedConfirm word={confirmWord} width={width} onConfirm={onStart} />
						) : (
							<Select
								options={options}
								width={width}
								height={2}
								onSelect={choice => (choice === 'start' ? onStart() : onBack())}
							/>
						)}
					</Box>
				);
			}}
		</Screen>
	);
}

const plainOptions = [startOption, backOption];
/** Where something is lost, Enter alone does nothing. */
const consentOptions = [backOption, startOption];

const shortDiff = 10;

/** The plan as lines: what is destroyed stands before the steps, so that nobody has to scroll for it. */
export function reviewLines(review: PlanReview, width: number, symbols: Symbols): Lines {
	const {title, facts, destroys, warnings, steps, diff = [], reading = []} = review;
	const changes = diff.length > 0 ? [...blank, ...heading('What changes in files'), ...diffLines(diff, width)] : [];
	// A diff of a few lines is what the yes is about: nobody has to scroll for it.
	const isShort = diff.length <= shortDiff;
	return [
		...paragraph(title, width, {bold: true}),
		...(facts.length > 0 ? [...blank, ...factLines(facts, width)] : []),
		...(destroys.length > 0
			? [
					...blank,
					...paragraph('This cannot be undone', width, {bold: true, color: 'red'}),
					...destroys.flatMap(text => paragraph(text, width, {color: 'red'}, `${symbols.failed} `)),
				]
			: []),
		...(warnings.length > 0
			? [
					...blank,
					...warnings.flatMap(({message, hint}) =>
						noticeLines(symbols.warning, message, hint, width, {color: 'yellow'}),
					),
				]
			: []),
		...(isShort ? changes : []),
		...(steps.length > 0 ? [...blank, ...heading('What will happen'), ...stepLines(steps, width)] : []),
		...(isShort ? [] : changes),
		...reading.flatMap(part => [
			...blank,
			...heading(part.title),
			...part.lines.flatMap(text => paragraph(text, width, {}, '  ')),
		]),
	];
}

function stepLines(steps: PlanReview['steps'], width: number): Lines {
	const digits = String(steps.length).length;
	return steps.flatMap(({title, detail}, index) => {
		const prefix = `${String(index + 1).padStart(digits + 1)}  `;
		return [
			...paragraph(title, width, {}, prefix),
			...(detail ? paragraph(detail, width, {dimColor: true}, ' '.repeat(prefix.length)) : []),
		];
	});
}
