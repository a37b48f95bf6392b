import {Box} from 'ink';
import {useEffect, useState} from 'react';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {blank, paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {type Option, rowsOfOptions, Select} from '../components/select.js';
import {plural} from '../format.js';
import {useEscape, useOperation} from '../hooks.js';
import type {KeyHint} from '../key-hint.js';
import {type OperationRun, startRun} from '../operation-run.js';
import type {Session} from '../session.js';
import {sanitizeData} from '../text.js';
import {useUi} from '../ui-context.js';
import type {Diagnosis, Finding, Troubleshoot, WizardFlow} from '../wizard.js';
import {FailureView} from './failure-view.js';
import {describeConfidence, noFindingLines} from './finding-lines.js';
import {FindingView} from './finding-view.js';
import {RunView} from './run-view.js';

export type TroubleshootScreenProps = {
	readonly troubleshoot: Troubleshoot;
	readonly stack: Stack;
	readonly services: Services;
	readonly session: Session;
	/** The diagnosis of before, when a fix was looked at and left. */
	readonly known: Diagnosis | undefined;
	readonly onDiagnosis: (diagnosis: Diagnosis) => void;
	readonly onFlow: (flow: WizardFlow, from: 'fix' | 'bundle') => void;
	readonly onHome: () => void;
};

/** Finds out what is wrong, then shows findings and their fixes. */
export function TroubleshootScreen(props: TroubleshootScreenProps) {
	const {troubleshoot, stack, services, session, known, onDiagnosis, onFlow, onHome} = props;
	const [run, setRun] = useState<OperationRun<Diagnosis>>();
	const [attempt, setAttempt] = useState(0);
	const isNeeded = known === undefined || attempt > 0;
	// biome-ignore lint/correctness/useExhaustiveDependencies: a diagnosis is made once an attempt, of the stack as it was then
	useEffect(() => {
		if (!isNeeded) return undefined;
		const started = startRun(signal => troubleshoot.diagnose(stack, services, signal), {now: services.clock.now});
		session.track(started);
		setRun(started);
		return started.cancel;
	}, [attempt]);
	const again = () => setAttempt(count => count + 1);

	if (!isNeeded && known) {
		return <Findings troubleshoot={troubleshoot} diagnosis={known} onAgain={again} onFlow={onFlow} onHome={onHome} />;
	}

	return run ? (
		<Diagnosing
			run={run}
			troubleshoot={troubleshoot}
			onDiagnosis={onDiagnosis}
			onAgain={again}
			onFlow={onFlow}
			onHome={onHome}
		/>
	) : undefined;
}

type DiagnosingProps = Pick<TroubleshootScreenProps, 'troubleshoot' | 'onDiagnosis' | 'onFlow' | 'onHome'> & {
	readonly run: OperationRun<Diagnosis>;
	readonly onAgain: () => void;
};

const failureOptions: readonly Option<string>[] = [
	{value: 'again', label: 'Try again'},
	{value: 'home', label: 'Back to the start'},
];

function Diagnosing({run, troubleshoot, onDiagnosis, onAgain, onFlow, onHome}: DiagnosingProps) {
	const {status, result, error, progress} = useOperation(run);
	// Only reads: Escape may leave it at any time.
	useEscape(onHome, status !== 'done');
	useEffect(() => {
		if (result) onDiagnosis(result);
	}, [result, onDiagnosis]);
	if (result) {
		return (
			<Findings troubleshoot={troubleshoot} diagnosis={result} onAgain={onAgain} onFlow={onFlow} onHome={onHome} />
		);
	}

	if (error) {
		return (
			<FailureView
				title="Troubleshoot"
				error={error}
				progress={progress}
				options={failureOptions}
				onSelect={choice => (choice === 'again' ? onAgain() : onHome())}
			/>
		);
	}

	return <RunView flowTitle="Troubleshoot" title="Finding out what is wrong; nothing is changed" run={run} />;
}

type FindingsProps = Pick<TroubleshootScreenProps, 'troubleshoot' | 'onFlow' | 'onHome'> & {
	readonly diagnosis: Diagnosis;
	readonly onAgain: () => void;
};

function Findings({troubleshoot, diagnosis, onAgain, onFlow, onHome}: FindingsProps) {
	const [opened, setOpened] = useState<number>();
	const finding = opened === undefined ? undefined : diagnosis.findings[opened];
	useEscape(() => (finding ? setOpened(undefined) : onHome()));
	if (finding) {
		return (
			<FindingView
				finding={finding}
				onBack={() => setOpened(undefined)}
				onFlow={flow => onFlow(flow, 'fix')}
				flowOf={fix => troubleshoot.fix(finding, fix, diagnosis)}
			/>
		);
	}

	const choose = (choice: string) => {
		if (choice === 'again') onAgain();
		else if (choice === 'home') onHome();
		else if (choice === 'save') {
			const flow = troubleshoot.saveEvidence?.(diagnosis);
			if (flow) onFlow(flow, 'bundle');
		} else setOpened(Number(choice));
	};

	return <FindingList diagnosis={diagnosis} canSave={troubleshoot.saveEvidence !== undefined} onChoose={choose} />;
}

const listKeys: readonly KeyHint[] = [
	{key: '↑↓', does: 'move'},
	{key: 'Enter', does: 'open', important: true},
	{key: 'Esc', does: 'back', important: true},
	{key: '?', does: 'keys', important: true},
];

type FindingListProps = {
	readonly diagnosis: Diagnosis;
	readonly canSave: boolean;
	readonly onChoose: (choice: string) => void;
};

function FindingList({diagnosis, canSave, onChoose}: FindingListProps) {
	const {symbols} = useUi();
	const findings = sanitizeData(diagnosis.findings);
	const [highlighted, setHighlighted] = useState('0');
	const options: readonly Option<string>[] = [
		...findings.map(({summary}, index) => ({value: String(index), label: `${symbols.failed} ${summary}`})),
		...(findings.length === 0 ? [{value: 'again', label: 'Look again'}] : []),
		...(canSave
			? [{value: 'save', label: 'Save a support bundle', hint: 'Everything that was gathered, without secrets'}]
			: []),
		...(findings.length > 0 ? [{value: 'again', label: 'Look again'}] : []),
		{value: 'home', label: 'Back to the start'},
	];
	const shown = findings[Number(highlighted)];
	return (
		<Screen title="Troubleshoot" step={findings.length > 0 ? plural(findings.length, 'problem') : ''} keys={listKeys}>
			{({width, height}) => {
				const intro =
					findings.length > 0
						? [
								...paragraph(
									findings.length === 1
										? 'One problem was found. Enter shows why, and what can be done.'
										: `${plural(findings.length, 'problem')} were found, the most likely cause first.`,
									width,
									{bold: true},
								),
								...blank,
							]
						: [];
				const menuHeight = Math.min(rowsOfOptions(options, width), Math.max(3, height - 8));
				const preview =
					findings.length === 0
						? noFindingLines(sanitizeData(diagnosis), width, symbols)
						: shown
							? previewLines(shown, width, symbols)
							: [];
				const room = Math.max(1, height - intro.length - menuHeight - 1);
				return (
					<Box flexDirection="column">
						<Rows lines={intro} />
						{findings.length === 0 ? (
							<>
								<Scroll lines={preview} height={room} />
								<Rows lines={blank} />
							</>
						) : undefined}
						<Select
							options={options}
							width={width}
							height={menuHeight}
							onSelect={onChoose}
							onHighlight={setHighlighted}
						/>
						{findings.length > 0 ? <Rows lines={[...blank, ...preview].slice(0, room)} /> : undefined}
					</Box>
				);
			}}
		</Screen>
	);
}

function previewLines(finding: Finding, width: number, symbols: ReturnType<typeof useUi>['symbols']) {
	const {service, confidence, consequences = [], evidence} = finding;
	const where = [service, describeConfidence(confidence)].filter(Boolean).join(symbols.separator);
	return [
		...paragraph(where, width, {dimColor: true}),
		...(evidence[0] ? paragraph(`${evidence[0].source}: ${evidence[0].text}`, width, {dimColor: true}) : []),
		...consequences.flatMap(({service, summary}) =>
			paragraph(service ? `${service}: ${summary}` : summary, width, {dimColor: true}, `${symbols.follows} `),
		),
	];
}
