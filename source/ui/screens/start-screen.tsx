import {Box} from 'ink';
import {AppError} from '../../errors.js';
import {errorLines} from '../components/error-lines.js';
import {blank, factLines, type Lines, paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Scroll} from '../components/scroll.js';
import {Select} from '../components/select.js';
import {useKeys, useLoad} from '../hooks.js';
import type {KeyHint} from '../key-hint.js';
import {type Machine, withAdvice} from '../start-advice.js';
import {useUi} from '../ui-context.js';
import type {ProjectChoice} from '../wizard.js';
import {WaitView} from './wait-view.js';

const quit: KeyHint = {key: 'q', does: 'quit', important: true};
const help: KeyHint = {key: '?', does: 'keys', important: true};
const retry: KeyHint = {key: 'r', does: 'try again', important: true};

export type StartErrorProps = {
	readonly error: AppError;
	readonly machine: Machine;
	readonly onRetry: () => void;
	/** Leads to the choice among the engine's projects; absent when the engine is not there either. */
	readonly onProjects?: (() => void) | undefined;
};

/** Something is missing before anything can begin: what, and what to type. */
export function StartError({error, machine, onRetry, onProjects}: StartErrorProps) {
	const {symbols} = useUi();
	useKeys(input => {
		if (input === 'r') onRetry();
		else if (input === 'p') onProjects?.();
	});
	const keys: readonly KeyHint[] = [
		retry,
		...(onProjects ? [{key: 'p', does: 'choose another project'}] : []),
		help,
		quit,
	];
	return (
		<Screen title="Cannot begin" keys={keys}>
			{({width, height}) => (
				<Scroll lines={errorLines(withAdvice(error, machine), width, symbols)} height={height} withArrows />
			)}
		</Screen>
	);
}

export type ProjectsScreenProps = {
	/** Why there is a choice: no compose file here, or several; absent when the user wanted it. */
	readonly reason: AppError | undefined;
	readonly load: (signal: AbortSignal) => Promise<readonly ProjectChoice[]>;
	readonly attempt: number;
	readonly machine: Machine;
	readonly onChoose: (project: ProjectChoice) => void;
	readonly onRetry: () => void;
};

/** The Compose projects of this engine, to choose from. */
export function ProjectsScreen({reason, load, attempt, machine, onChoose, onRetry}: ProjectsScreenProps) {
	const projects = useLoad(load, String(attempt));
	useKeys(input => {
		if (input === 'r') onRetry();
	});
	if (projects.status === 'loading') return <WaitView label="Asking the engine for its projects" />;
	if (projects.status === 'failed') return <StartError error={projects.error} machine={machine} onRetry={onRetry} />;
	if (projects.value.length === 0) {
		return <StartError error={reason ?? noProjects()} machine={machine} onRetry={onRetry} />;
	}

	const keys: readonly KeyHint[] = [
		{key: '↑↓', does: 'move'},
		{key: 'Enter', does: 'choose', important: true},
		{key: 'r', does: 'look again'},
		help,
		quit,
	];
	const options = projects.value.map(project => ({
		value: project,
		label: project.name,
		hint: [project.status, project.directory].filter(Boolean).join(' · '),
	}));
	return (
		<Screen title="Choose a project" keys={keys}>
			{({width, height}) => {
				const intro: Lines = [
					...(reason ? paragraph(`${reason.message}.`.replace(/\.+$/, '.'), width, {dimColor: true}) : []),
					...(reason?.fix?.[1] === 'restore'
						? paragraph(`${reason.hint ?? ''}: ${reason.fix.join(' ')}`, width, {color: 'cyan'})
						: []),
					...paragraph('Which of the projects on this engine is it about?', width, {bold: true}),
					...blank,
				].slice(0, Math.max(1, height - 3));
				return (
					<Box flexDirection="column">
						<Rows lines={intro} />
						<Select options={options} width={width} height={height - intro.length} onSelect={onChoose} />
					</Box>
				);
			}}
		</Screen>
	);
}

function noProjects(): AppError {
	return new AppError('stack-not-found', 'This engine has no Compose project');
}

export type NoDatabaseProps = {
	readonly project: string;
	readonly services: readonly {readonly name: string; readonly image: string | null}[];
	readonly onRetry: () => void;
	readonly onProjects: () => void;
	readonly onContinue: () => void;
};

/** A stack without PostgreSQL: what was looked at, and the ways on. */
export function NoDatabase({project, services, onRetry, onProjects, onContinue}: NoDatabaseProps) {
	const {symbols} = useUi();
	useKeys((input, key) => {
		if (input === 'r') onRetry();
		else if (input === 'p') onProjects();
		else if (key.return) onContinue();
	});
	return (
		<Screen
			title="No PostgreSQL found"
			keys={[
				{key: 'Enter', does: 'go on without', important: true},
				retry,
				{key: 'p', does: 'other project'},
				help,
				quit,
			]}
		>
			{({width, height}) => (
				<Scroll
					height={height}
					withArrows
					lines={[
						...paragraph(
							`No service of ${project} runs PostgreSQL, and none names one elsewhere.`,
							width,
							{bold: true, color: 'yellow'},
							`${symbols.warning} `,
						),
						...blank,
						...paragraph(
							'If the database belongs to another Compose project, choose that one (p). If a profile or an override file brings it, start Lifeboat with the flags you give to docker compose:',
							width,
						),
						...paragraph('  lifeboat -f compose.yml -f compose.override.yml --profile db', width, {color: 'cyan'}),
						...blank,
						...paragraph('These services were looked at:', width, {bold: true}),
						...factLines(
							services.map(({name, image}) => [name, image ?? 'built from source'] as const),
							width,
						),
					]}
				/>
			)}
		</Screen>
	);
}
