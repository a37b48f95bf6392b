import type {Option} from './components/select.js';
import type {Place} from './navigation.js';
import type {LogSource, Troubleshoot, WizardEntry} from './wizard.js';

const settingsValue = '(settings)';

/** The entries of the home screen; settings are always there. */
export function menuOptions(entries: readonly WizardEntry[]): readonly Option<string>[] {
	return [
		...entries.map(({label, hint}) => ({value: label, label, hint})),
		{value: settingsValue, label: 'Settings', hint: 'where backups go, how long they are kept'},
	];
}

/** Where an entry leads, by the value of its option. */
export function placeOf(value: string, entries: readonly WizardEntry[]): Place {
	const entry = entries.find(({label}) => label === value);
	switch (entry?.kind) {
		case 'flow':
			return {name: 'flow', flow: entry.flow.id, given: entry.given ?? {}};
		case 'troubleshoot':
			return {name: 'troubleshoot'};
		case 'logs':
			return {name: 'logs'};
		default:
			return {name: 'settings'};
	}
}

export function findFlowEntry(entries: readonly WizardEntry[], id: string) {
	return entries.flatMap(entry => (entry.kind === 'flow' && entry.flow.id === id ? [entry] : []))[0];
}

export function findTroubleshoot(entries: readonly WizardEntry[]): Troubleshoot | undefined {
	return entries.flatMap(entry => (entry.kind === 'troubleshoot' ? [entry.troubleshoot] : []))[0];
}

export function findLogs(entries: readonly WizardEntry[]): LogSource | undefined {
	return entries.flatMap(entry => (entry.kind === 'logs' ? [entry.logs] : []))[0];
}
