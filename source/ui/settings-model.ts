import type {Preferences, Settings} from '../settings.js';

export type SettingId =
	| 'backupDirectory'
	| 'verifyAfterBackup'
	| 'keep.last'
	| 'keep.daily'
	| 'keep.weekly'
	| 'keep.monthly'
	| 'publicUrl';

/** A setting as the screen shows it. */
export type SettingRow = {
	readonly id: SettingId;
	readonly kind: 'text' | 'toggle';
	readonly label: string;
	/** For people. */
	readonly value: string;
	/** What the field begins with. */
	readonly editable: string;
	/** A full sentence. */
	readonly question: string;
	readonly help: string;
};

type StackKey = {readonly project: string; readonly directory: string};
type Period = keyof Preferences['keep'];

const periods: readonly (readonly [period: Period, label: string, question: string])[] = [
	['last', 'Keep the newest', 'How many of the newest backups should be kept?'],
	['daily', 'Keep daily', 'For how many days should one backup a day be kept?'],
	['weekly', 'Keep weekly', 'For how many weeks should one backup a week be kept?'],
	['monthly', 'Keep monthly', 'For how many months should one backup a month be kept?'],
];

/** All settings with their present values; those of a stack only when there is one. */
export function settingRows(settings: Settings, stack: StackKey | undefined): readonly SettingRow[] {
	const {backupDirectory, verifyAfterBackup, keep} = settings.preferences();
	const publicUrl = stack ? settings.stack(stack.project, stack.directory).publicUrl : null;
	return [
		{
			id: 'backupDirectory',
			kind: 'text',
			label: 'Backup folder',
			value: backupDirectory ?? './backups beside the compose file',
			editable: backupDirectory ?? '',
			question: 'Where should backups go?',
			help: 'An absolute path. Empty: ./backups beside the compose file.',
		},
		{
			id: 'verifyAfterBackup',
			kind: 'toggle',
			label: 'Verify after each backup',
			value: verifyAfterBackup ? 'yes' : 'no',
			editable: '',
			question: '',
			help: '',
		},
		...periods.map(
			([period, label, question]): SettingRow => ({
				id: `keep.${period}`,
				kind: 'text',
				label,
				value: String(keep[period]),
				editable: String(keep[period]),
				question,
				help: 'A whole number; 0 keeps none of this kind.',
			}),
		),
		...(stack
			? [
					{
						id: 'publicUrl',
						kind: 'text',
						label: `Public address of ${stack.project}`,
						value: publicUrl ?? 'not known',
						editable: publicUrl ?? '',
						question: 'Under which address do people open the application?',
						help: 'For example https://app.example.org. Troubleshoot compares it with the configuration.',
					} as const,
				]
			: []),
	];
}

/** Writes what was typed. Returns what is wrong with it, or undefined when it was written. Throws AppError settings-invalid. */
export function writeSetting(
	settings: Settings,
	stack: StackKey | undefined,
	id: SettingId,
	typed: string,
): string | undefined {
	const text = typed.trim();
	switch (id) {
		case 'backupDirectory':
			if (text !== '' && !text.startsWith('/')) return 'The path must be absolute: it has to begin with /';
			settings.setPreferences({backupDirectory: text === '' ? null : text});
			return undefined;
		case 'verifyAfterBackup':
			settings.setPreferences({verifyAfterBackup: text === 'yes'});
			return undefined;
		case 'publicUrl':
			if (text !== '' && !isWebAddress(text)) return 'This is no address: it has to begin with http:// or https://';
			if (stack) {
				settings.updateStack(stack.project, stack.directory, memory => ({
					...memory,
					publicUrl: text === '' ? null : text,
				}));
			}

			return undefined;
		default: {
			if (!/^\d{1,4}$/.test(text)) return 'A whole number between 0 and 9999 is needed';
			const period = id.slice('keep.'.length) as Period;
			settings.setPreferences({keep: {...settings.preferences().keep, [period]: Number(text)}});
			return undefined;
		}
	}
}

function isWebAddress(text: string): boolean {
	return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
