import {Screen} from '../components/screen.js';
import {Spinner} from '../components/spinner.js';
import type {KeyHint} from '../key-hint.js';

const keys: readonly KeyHint[] = [
	{key: 'Esc', does: 'back', important: true},
	{key: '?', does: 'keys', important: true},
];

/** Something is being read; nothing is changed meanwhile. */
export function WaitView({title, label}: {readonly title?: string; readonly label: string}) {
	return (
		<Screen {...(title === undefined ? {} : {title})} keys={keys} isFleeting>
			{() => <Spinner label={label} />}
		</Screen>
	);
}
