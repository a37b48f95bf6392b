import {Box, Text} from 'ink';
import {useState} from 'react';
import {toAppError} from '../../errors.js';
import type {Settings} from '../../settings.js';
import {blank, type Lines, paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {Select} from '../components/select.js';
import {TextField} from '../components/text-field.js';
import {useEscape} from '../hooks.js';
import type {KeyHint} from '../key-hint.js';
import {type SettingId, type SettingRow, settingRows, writeSetting} from '../settings-model.js';
import {truncateMiddle} from '../text.js';
import {useUi} from '../ui-context.js';

export type SettingsScreenProps = {
	readonly settings: Settings;
	/** The stack whose own settings are shown too. */
	readonly stack?: {readonly project: string; readonly directory: string} | undefined;
};

const listKeys: readonly KeyHint[] = [
	{key: '↑↓', does: 'move'},
	{key: 'Enter', does: 'change', important: true},
	{key: 'Esc', does: 'back', important: true},
	{key: '?', does: 'keys', important: true},
];
const editKeys: readonly KeyHint[] = [
	{key: 'Enter', does: 'save', important: true},
	{key: 'Esc', does: 'leave it', important: true},
	{key: 'Ctrl+U', does: 'clear'},
];

/** What Lifeboat remembers and may be told: paths and preferences, never secrets. */
export function SettingsScreen({settings, stack}: SettingsScreenProps) {
	const ui = useUi();
	const [edited, setEdited] = useState<SettingId>();
	const [position, setPosition] = useState(0);
	const [complaint, setComplaint] = useState<string>();
	const rows = settingRows(settings, stack);
	const row = rows.find(({id}) => id === edited);
	const stopEditing = () => {
		setEdited(undefined);
		setComplaint(undefined);
	};

	useEscape(() => (row ? stopEditing() : ui.goBack()));

	const save = (id: SettingId, text: string) => {
		try {
			const problem = writeSetting(settings, stack, id, text);
			if (problem === undefined) stopEditing();
			else setComplaint(problem);
		} catch (error) {
			setComplaint(toAppError(error).message);
		}
	};

	const choose = (id: SettingId) => {
		setPosition(rows.findIndex(other => other.id === id));
		const chosen = rows.find(other => other.id === id);
		if (chosen?.kind === 'toggle') save(id, chosen.value === 'yes' ? 'no' : 'yes');
		else setEdited(id);
	};

	if (row) return <EditView row={row} complaint={complaint} onSave={text => save(row.id, text)} />;
	return (
		<Screen title="Settings" keys={listKeys}>
			{({width, height}) => (
				<Box flexDirection="column">
					<Select
						options={rows.map(({id, label, value}) => ({value: id, label, hint: value}))}
						initialIndex={position}
						width={width}
						height={height - 2}
						alwaysHints
						onSelect={choose}
					/>
					<Rows lines={blank} />
					<Text wrap="truncate" dimColor>
						{truncateMiddle(complaint ?? `Kept in ${settings.path}`, width)}
					</Text>
				</Box>
			)}
		</Screen>
	);
}

type EditViewProps = {
	readonly row: SettingRow;
	readonly complaint: string | undefined;
	readonly onSave: (text: string) => void;
};

function EditView({row, complaint, onSave}: EditViewProps) {
	return (
		<Screen title="Settings" keys={editKeys}>
			{({width}) => {
				const intro: Lines = [
					...paragraph(row.question, width, {bold: true}),
					...paragraph(row.help, width, {dimColor: true}),
					...(complaint ? paragraph(complaint, width, {color: 'yellow'}, '! ') : []),
					...blank,
				];
				return (
					<Box flexDirection="column">
						<Rows lines={intro} />
						<TextField label={row.label} initial={row.editable} width={width} onSubmit={onSave} />
					</Box>
				);
			}}
		</Screen>
	);
}
