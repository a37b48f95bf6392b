import {Box} from 'ink';
import type {AppError} from '../../errors.js';
import type {Progress} from '../../operation.js';
import {errorLines} from '../components/error-lines.js';
import {blank, heading, type Lines, line, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {type Option, Select} from '../components/select.js';
import type {KeyHint} from '../key-hint.js';
import type {Symbols} from '../symbols.js';
import {useUi} from '../ui-context.js';

export type FailureViewProps = {
	readonly title: string;
	readonly error: AppError;
	/** How far it came, when it had begun. */
	readonly progress?: Progress | undefined;
	readonly options: readonly Option<string>[];
	readonly onSelect: (value: string) => void;
};

const esc: KeyHint = {key: 'Esc', does: 'back', important: true};
const keys: readonly KeyHint[] = [
	{key: 'Enter', does: 'choose', important: true},
	{key: 'Space', does: 'read on'},
	{key: '?', does: 'keys', important: true},
	{key: 'q', does: 'quit', important: true},
];

/** What went wrong, what to type, and how far it came. */
export function FailureView({title, error, progress, options, onSelect}: FailureViewProps) {
	const {symbols} = useUi();
	const step = error.code === 'cancelled' ? 'Cancelled' : 'Failed';
	return (
		<Screen title={title} step={step} keys={progress === undefined ? [esc, ...keys] : keys}>
			{({width, height}) => {
				const lines = [...errorLines(error, width, symbols), ...progressLines(progress, symbols)];
				const menuHeight = Math.min(options.length, Math.max(1, height - 4));
				return (
					<Box flexDirection="column">
						<Scroll lines={lines} height={Math.max(2, height - menuHeight - 1)} />
						<Rows lines={blank} />
						<Select options={options} width={width} height={menuHeight} onSelect={onSelect} />
					</Box>
				);
			}}
		</Screen>
	);
}

function progressLines(progress: Progress | undefined, symbols: Symbols): Lines {
	if (!progress || progress.steps.length === 0) return [];
	return [
		...blank,
		...heading('How far it came'),
		...progress.steps.flatMap(step =>
			step.status === 'done'
				? line(`${symbols.ok} ${step.title}`, {color: 'green'})
				: line(`${symbols.failed} ${step.title} (not finished)`, {color: 'red'}),
		),
	];
}
