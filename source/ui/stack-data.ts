import {useRef} from 'react';
import type {BackupRecord} from '../settings.js';
import type {Stack} from '../stack/stack.js';
import type {Answers} from './flow-state.js';
import {type Loaded, useLoad} from './hooks.js';
import type {Recovery, WizardOptions} from './wizard.js';

function keyOf({directory, project}: Stack): string {
	return `${directory}#${project}`;
}

/** Backups of the stack; undefined until they have been read for the first time. */
export function useBackups(
	{services: {settings}, backups: read}: WizardOptions,
	stack: Stack | undefined,
	attempt: number,
): readonly BackupRecord[] | undefined {
	const known = useRef<readonly BackupRecord[]>(undefined);
	const loaded = useLoad(
		async signal => {
			if (!stack) return undefined;
			return read ? read(stack, signal) : settings.stack(stack.project, stack.directory).backups;
		},
		stack ? `${keyOf(stack)} ${attempt}` : '',
	);
	if (loaded.status === 'ready' && loaded.value) known.current = loaded.value;
	return known.current;
}

/** What the journal says about the stack, asked once. A journal that cannot be read does not keep anybody out. */
export function useRecovery({recovery: read}: WizardOptions, stack: Stack | undefined): Loaded<Recovery | undefined> {
	return useLoad(async signal => (stack ? read?.(stack, signal) : undefined), stack ? keyOf(stack) : '');
}

/** Answers that the settings keep for a flow of a stack. */
export function answerMemory({services: {settings}}: WizardOptions, {project, directory}: Stack, flow: string) {
	return {
		read: (): Answers => settings.stack(project, directory).answers[flow] ?? {},
		write(answers: Answers) {
			settings.updateStack(project, directory, memory => ({
				...memory,
				answers: {...memory.answers, [flow]: {...memory.answers[flow], ...answers}},
			}));
		},
	};
}
