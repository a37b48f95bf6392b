import {Box, Text, useIsScreenReaderEnabled} from 'ink';
import type {StepState} from '../../operation.js';
import {formatBytes, formatCount, formatDuration, formatElapsed} from '../format.js';
import {timeLeft} from '../rate.js';
import {displayWidth, truncate} from '../text.js';
import {useUi} from '../ui-context.js';
import {ProgressBar} from './progress-bar.js';

export type StepListProps = {
	readonly steps: readonly StepState[];
	readonly now: number;
	readonly rate: number | undefined;
	readonly width: number;
	/** Rows that may be used; the oldest finished steps give way. */
	readonly height: number;
	readonly isCancelling?: boolean;
};

/** What has been done, what is being done and how far it is. */
export function StepList({steps, now, rate, width, height, isCancelling = false}: StepListProps) {
	const rowsOf = steps.map(step => (step.status === 'running' ? runningRows(step) : 1));
	let first = steps.length;
	let used = 0;
	while (first > 0) {
		const needed = rowsOf[first - 1] ?? 1;
		const roomForMore = first > 1 ? 1 : 0;
		if (used > 0 && used + needed + roomForMore > height) break;
		used += needed;
		first--;
	}

	return (
		<Box flexDirection="column" aria-role="list">
			{first > 0 ? <Text dimColor>{`  ${first} earlier steps done`}</Text> : undefined}
			{steps.slice(first).map(step => (
				<Step key={step.step} step={step} now={now} rate={rate} width={width} isCancelling={isCancelling} />
			))}
		</Box>
	);
}

function runningRows(step: StepState): number {
	return 1 + (step.done === undefined ? 0 : shareOf(step) === undefined ? 1 : 2) + (step.current ? 1 : 0);
}

type StepProps = Omit<StepListProps, 'steps' | 'height'> & {readonly step: StepState};

function Step({step, now, rate, width, isCancelling}: StepProps) {
	const {symbols} = useUi();
	const isScreenReader = useIsScreenReaderEnabled();
	const time =
		step.finishedAt === undefined
			? formatElapsed(now - step.startedAt)
			: formatDuration(step.finishedAt - step.startedAt);
	const words = {running: isCancelling ? 'stopping' : 'now', done: 'done', failed: 'failed'} as const;
	if (isScreenReader) {
		return (
			<Box flexDirection="column" aria-role="listitem">
				<Text>{`${words[step.status]}: ${step.title}${step.note ? `, ${step.note}` : ''}`}</Text>
				{step.status === 'running' && step.done !== undefined ? <Text>{amountText(step, rate)}</Text> : undefined}
			</Box>
		);
	}

	const frame = symbols.spinner[Math.floor(now / 200) % symbols.spinner.length];
	const sign = {running: frame ?? symbols.running, done: symbols.ok, failed: symbols.failed}[step.status];
	const color = {running: 'cyan', done: 'green', failed: 'red'}[step.status];
	const suffix = step.status === 'failed' ? `failed after ${time}` : time;
	const titleWidth = width - 2 - displayWidth(suffix) - 2;
	const text = step.note ? `${step.title} · ${step.note}` : step.title;
	return (
		<Box flexDirection="column">
			<Box justifyContent="space-between" width={width}>
				<Text wrap="truncate" bold={step.status === 'running'}>
					<Text color={color}>{`${sign} `}</Text>
					{truncate(text, titleWidth)}
				</Text>
				<Text dimColor>{suffix}</Text>
			</Box>
			{step.status === 'running' ? <RunningStep step={step} rate={rate} width={width - 2} /> : undefined}
		</Box>
	);
}

type RunningStepProps = {readonly step: StepState; readonly rate: number | undefined; readonly width: number};

function RunningStep({step, rate, width}: RunningStepProps) {
	const share = shareOf(step);
	return (
		<Box flexDirection="column" paddingLeft={2}>
			{share === undefined ? undefined : <ProgressBar share={share} width={Math.min(width, 56)} />}
			{step.done === undefined ? undefined : <Text wrap="truncate">{truncate(amountText(step, rate), width)}</Text>}
			{step.current ? (
				<Text wrap="truncate" dimColor>
					{truncate(step.current, width)}
				</Text>
			) : undefined}
		</Box>
	);
}

/** Undefined when nobody knows the total. An estimate that was too low stays below the whole. */
export function shareOf({
	done,
	total,
	isEstimate,
}: Pick<StepState, 'done' | 'total' | 'isEstimate'>): number | undefined {
	if (done === undefined || total === undefined || total <= 0) return undefined;
	return Math.min(isEstimate ? 0.99 : 1, done / total);
}

/** `412 MB of about 860 MB · 34 MB/s · about 13 s left`. */
export function amountText(step: StepState, rate: number | undefined): string {
	const {done = 0, total, isEstimate = false, unit} = step;
	const format = unit === 'bytes' ? formatBytes : formatCount;
	const about = isEstimate ? 'about ' : '';
	const isOver = total !== undefined && done > total;
	const left = timeLeft(done, total, rate);
	return [
		total === undefined || isOver ? format(done) : `${format(done)} of ${about}${format(total)}`,
		...(rate !== undefined && rate > 0
			? [unit === 'bytes' ? `${formatBytes(Math.round(rate))}/s` : `${formatCount(Math.round(rate))}/s`]
			: []),
		...(left === undefined ? [] : [`${about}${formatElapsed(left)} left`]),
	].join(' · ');
}
