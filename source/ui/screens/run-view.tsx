import {Box, Text, useIsScreenReaderEnabled} from 'ink';
import type {Progress} from '../../operation.js';
import {line, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Spinner} from '../components/spinner.js';
import {StepList} from '../components/step-list.js';
import {Tail} from '../components/tail.js';
import {formatElapsed} from '../format.js';
import {useOperation} from '../hooks.js';
import type {KeyHint} from '../key-hint.js';
import type {OperationRun, RunStatus} from '../operation-run.js';
import {truncate} from '../text.js';
import {useUi} from '../ui-context.js';
import {DecisionView} from './decision-view.js';

export type RunViewProps = {
	readonly flowTitle: string;
	/** What is under way, as the review named it. */
	readonly title: string;
	readonly run: OperationRun<unknown>;
};

const help: KeyHint = {key: '?', does: 'keys', important: true};
const cancelKeys: readonly KeyHint[] = [{key: 'Ctrl+C', does: 'cancel safely', important: true}, help];
const stopKeys: readonly KeyHint[] = [{key: 'Ctrl+C', does: 'stop after this step', important: true}, help];
const cancellingKeys: readonly KeyHint[] = [{key: 'Ctrl+C', does: 'leave now', important: true}];
const mostWarnings = 2;

/** An operation under way: steps, how far, how fast, how long; then the newest output. */
export function RunView({flowTitle, title, run}: RunViewProps) {
	const {symbols} = useUi();
	const isScreenReader = useIsScreenReaderEnabled();
	const {status, progress, now, startedAt, rate, decision} = useOperation(run);
	const isCancelling = status === 'cancelling';
	const note = statusText(status, progress);
	if (decision !== undefined) return <DecisionView flowTitle={flowTitle} decision={decision} onDecide={run.decide} />;
	return (
		<Screen
			title={flowTitle}
			step={isScreenReader ? '' : formatElapsed(now - startedAt)}
			keys={isCancelling ? cancellingKeys : canCancelNow(progress) ? cancelKeys : stopKeys}
		>
			{({width, height}) => {
				const warnings = progress.warnings
					.slice(-mostWarnings)
					.flatMap(({message}) => line(truncate(`${symbols.warning} ${message}`, width), {color: 'yellow'}));
				const room = height - 3 - warnings.length;
				const stepsHeight = Math.min(Math.max(4, progress.steps.length + 3), Math.max(2, Math.ceil(room * 0.6)));
				const tailHeight = Math.min(9, room - stepsHeight - 1);
				return (
					<Box flexDirection="column">
						<Text wrap="truncate" bold>
							{truncate(title, width)}
						</Text>
						<Text> </Text>
						{progress.steps.length === 0 ? <Spinner label="Starting" /> : undefined}
						<StepList
							steps={progress.steps}
							now={now}
							rate={rate}
							width={width}
							height={stepsHeight}
							isCancelling={isCancelling}
						/>
						<Rows lines={warnings} />
						{tailHeight > 1 && progress.tail.length > 0 ? <Text> </Text> : undefined}
						<Tail lines={progress.tail} width={width} height={tailHeight} />
						{note === '' ? undefined : (
							<Text wrap="truncate" {...(isCancelling ? {color: 'yellow'} : {dimColor: true})}>
								{truncate(note, width)}
							</Text>
						)}
					</Box>
				);
			}}
		</Screen>
	);
}

/** Whether it can be cancelled, in words; empty when there is nothing to say. */
export function statusText(status: RunStatus, {steps}: Pick<Progress, 'steps'>): string {
	const canCancel = canCancelNow({steps});
	if (status === 'cancelling') {
		return canCancel ? 'Cancelling: cleaning up…' : 'Finishing this step: it must not be cut short. Then it stops.';
	}

	return canCancel ? '' : 'This step must not be cut short.';
}

/** False while a step runs that is past its point of no return. */
function canCancelNow({steps}: Pick<Progress, 'steps'>): boolean {
	return steps.find(step => step.status === 'running')?.canCancel ?? true;
}
