import {Box, Text} from 'ink';
import type {AppError} from '../../errors.js';
import {paragraph, Rows} from '../components/lines.js';
import {Screen} from '../components/screen.js';
import {type Option, Select} from '../components/select.js';
import {useKeys} from '../hooks.js';
import type {KeyHint} from '../key-hint.js';
import {useUi} from '../ui-context.js';
import {type HomeFacts, homeLines} from './home-lines.js';

export type HomeScreenProps = {
	readonly facts: HomeFacts;
	/** Why looking failed; what is shown is from before, or from the files alone. */
	readonly error?: AppError | undefined;
	readonly menu: readonly Option<string>[];
	readonly onChoose: (value: string) => void;
	readonly onLook: () => void;
	readonly onHistory: () => void;
	readonly onWarnings: () => void;
};

const mostFailureRows = 4;

/** What is deployed and how it is; then what can be done. */
export function HomeScreen({facts, error, menu, onChoose, onLook, onHistory, onWarnings}: HomeScreenProps) {
	const {symbols} = useUi();
	const {stack, backups, isComplete} = facts;
	const hasWarnings = stack.warnings.length > 0;
	const hasHistory = backups !== undefined && backups.length > 0;
	const keys: readonly KeyHint[] = [
		{key: '↑↓', does: 'move'},
		{key: 'Enter', does: 'choose', important: true},
		...(hasWarnings ? [{key: 'w', does: 'warnings'}] : []),
		...(hasHistory ? [{key: 'h', does: 'history'}] : []),
		{key: 'r', does: 'look again'},
		{key: '?', does: 'keys', important: true},
		{key: 'q', does: 'quit', important: true},
	];
	useKeys(input => {
		if (input === 'w' && hasWarnings) onWarnings();
		else if (input === 'h' && hasHistory) onHistory();
		else if (input === 'r') onLook();
	});
	return (
		<Screen step={isComplete ? stack.directory : 'Looking…'} keys={keys}>
			{({width, height}) => {
				const menuHeight = Math.min(menu.length, Math.max(3, height - 5));
				const room = height - menuHeight - 1;
				const failure = error
					? paragraph(`Looking failed: ${error.message}`, width, {color: 'yellow'}, `${symbols.warning} `).slice(
							0,
							Math.max(1, Math.min(mostFailureRows, room - 1)),
						)
					: [];
				const infoHeight = room - failure.length;
				return (
					<Box flexDirection="column">
						<Rows lines={infoHeight > 0 ? homeLines(facts, width, infoHeight, symbols) : []} />
						<Rows lines={failure} />
						<Text> </Text>
						<Select options={menu} width={width} height={menuHeight} onSelect={onChoose} />
					</Box>
				);
			}}
		</Screen>
	);
}
