import {Box, Text, useIsScreenReaderEnabled} from 'ink';
import {useUi} from '../ui-context.js';

/** Share of the work that is done, 0 to 1. A guess never reads 100 %. */
export function ProgressBar({share, width}: {readonly share: number; readonly width: number}) {
	const {symbols} = useUi();
	const isScreenReader = useIsScreenReaderEnabled();
	const percent = Math.floor(Math.max(0, Math.min(1, share)) * 100);
	if (isScreenReader) return <Text>{`${percent} percent`}</Text>;
	const barWidth = Math.max(4, width - 6);
	const full = Math.round((percent / 100) * barWidth);
	return (
		<Box aria-role="progressbar">
			<Text wrap="truncate">
				<Text color="cyan">{symbols.barFull.repeat(full)}</Text>
				<Text dimColor>{symbols.barEmpty.repeat(barWidth - full)}</Text>
				{` ${String(percent).padStart(3)} %`}
			</Text>
		</Box>
	);
}
