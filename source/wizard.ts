import {createLineExplainer} from './diagnosis/explain-line.js';
import type {ComposeTarget} from './engine/types.js';
import {isAppError} from './errors.js';
import {backupFlow} from './flows/backup.js';
import {followLogs} from './flows/logs.js';
import {migrateFlow} from './flows/migrate.js';
import {describeUnfinished, findUnfinished} from './flows/recover.js';
import {restoreFlow} from './flows/restore.js';
import {rollbackFlow} from './flows/rollback.js';
import {requireEngine} from './flows/steps/require-engine.js';
import {supportBundleFlow} from './flows/support-bundle.js';
import {diagnoseStack, fixFlowFor} from './flows/troubleshoot/wizard.js';
import {upgradeChoiceFlow} from './flows/upgrade-choice.js';
import {verifyFlow} from './flows/verify.js';
import type {Services} from './services.js';
import {absentStack} from './stack/absent-stack.js';
import {detectStack} from './stack/detect.js';
import {listProjects} from './stack/projects.js';
import type {Stack} from './stack/stack.js';
import type {DetectOptions, LogSource, Recovery, WizardEntry, WizardOptions} from './ui/wizard.js';

/** Puts together what the wizard shows: the menu, detection, the engine's projects. */
export function wizardOptions(
	services: Services,
	target: ComposeTarget,
	initial?: WizardOptions['initial'],
): WizardOptions {
	return {
		services,
		target,
		entries: menuEntries(services),
		detect: (wanted, options) =>
			initial?.setsUp ? detectOrPlace(wanted, services, options) : detectOnEngine(wanted, services, options),
		projects: async signal =>
			(await listProjects(services.docker, services.cwd, signal)).map(project => ({
				name: project.project,
				directory: project.directory,
				status: project.running > 0 ? `${project.running} of ${project.total} running` : 'stopped',
				target: project.target,
			})),
		recovery: stack => readRecovery(stack, services),
		...(initial === undefined ? {} : {initial}),
	};
}

/** What a killed run left on this stack, and the way out. */
async function readRecovery(stack: Stack, services: Services): Promise<Recovery | undefined> {
	const [record] = await findUnfinished(stack, services);
	if (record === undefined) return undefined;
	const isStarting = record.phase === 'starting';
	return {
		message: `${describeUnfinished(record)}.`,
		facts: [['Began', `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC`]],
		choices: [
			{
				label: isStarting ? 'Finish it' : 'Undo it',
				hint: isStarting
					? 'start the application; undone if it is not healthy'
					: 'everything goes back as it was before',
				flow: rollbackFlow,
				given: {},
			},
		],
	};
}

function menuEntries(services: Services): readonly WizardEntry[] {
	const hasDatabase = (stack: Stack) => stack.databases.length > 0 || stack.external.length > 0;
	return [
		{
			label: 'Back up',
			hint: 'databases, roles, configuration, files',
			kind: 'flow',
			flow: backupFlow,
			remembers: true,
			isAvailable: hasDatabase,
		},
		{label: 'Restore', hint: 'a backup or a dump, with a way back', kind: 'flow', flow: restoreFlow},
		{label: 'Upgrade', hint: 'the application or PostgreSQL, with a way back', kind: 'flow', flow: upgradeChoiceFlow},
		{
			label: 'Migrate',
			hint: 'run the migrations alone',
			kind: 'flow',
			flow: migrateFlow,
			isAvailable: stack => stack.services.some(service => service.role === 'migrate'),
		},
		{label: 'Verify a backup', hint: 'restore it into a throwaway server', kind: 'flow', flow: verifyFlow},
		{
			label: 'Roll back',
			hint: 'take back the last restore or upgrade, or drop what is kept',
			kind: 'flow',
			flow: rollbackFlow,
		},
		{
			label: 'Troubleshoot',
			hint: 'why a container keeps crashing',
			kind: 'troubleshoot',
			troubleshoot: {diagnose: diagnoseStack, fix: fixFlowFor, saveEvidence: () => supportBundleFlow},
		},
		{label: 'Logs', hint: 'of all services, live', kind: 'logs', logs: logSource(services)},
	];
}

function logSource(services: Services): LogSource {
	const explainLine = createLineExplainer();
	return {
		explain: record => explainLine(record.line),
		follow: (stack, names, signal) =>
			followLogs({project: stack.project, services: names, tail: 200, follow: true}, services, signal),
	};
}

/** The stack, or the place where a backup will set one up. */
async function detectOrPlace(target: ComposeTarget, services: Services, options: DetectOptions): Promise<Stack> {
	try {
		return await detectOnEngine(target, services, options);
	} catch (error) {
		if (isAppError(error, 'stack-not-found') || isAppError(error, 'compose-file-invalid')) return absentStack(target);
		throw error;
	}
}

/** Detects the stack; an engine that does not answer is the wizard's first screen, though the files alone could be described. */
async function detectOnEngine(
	target: ComposeTarget,
	services: Services,
	{signal, onPartial}: DetectOptions,
): Promise<Stack> {
	const stack = await detectStack(target, services, {signal, onPartial});
	await requireEngine(stack, services, signal);
	return stack;
}
