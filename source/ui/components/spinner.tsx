import {Text, useIsScreenReaderEnabled} from 'ink';
import InkSpinner from 'ink-spinner';
import {useUi} from '../ui-context.js';

/** A sign of life with words; a screen reader hears the words once. */
export function Spinner({label}: {readonly label: string}) {
	const {symbols} = useUi();
	const isScreenReader = useIsScreenReaderEnabled();
	if (isScreenReader) return <Text>{label}</Text>;
	return (
		<Text wrap="truncate">
			<Text color="cyan">
				<InkSpinner type={symbols.spinner.length > 4 ? 'dots' : 'line'} />
			</Text>
			{` ${label}`}
		</Text>
	);
}
