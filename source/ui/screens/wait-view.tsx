import {Screen} from '../components/screen.js';
import {Spinner} from '../components/spinner.js';
import type {KeyHint} from '../key-hint.js';
import {useUi} from '../ui-context.js';

const keys: readonly KeyHint[] = [
	{key: 'Esc', does: 'back', important: true},
	{key: '?', does: 'keys', important: true},
];

/** Something is being read; nothing is changed meanwhile. */
export function WaitView({title, label}: {readonly title?: string; readonly label: string}) {
	const {isClosed} = useUi();
	if (isClosed) return undefined;
	return (
		<Screen {...(title === undefined ? {} : {title})} keys={keys}>
			{() => <Spinner label={label} />}
		</Screen>
	);
}
