import {Box, Text, useIsScreenReaderEnabled} from 'ink';
import type {LogLine} from '../../operation.js';
import {truncate} from '../text.js';
import {Rows} from './lines.js';

/** The newest lines of output, as many as fit. A screen reader is spared them: they change all the time. */
export function Tail({
	lines,
	width,
	height,
}: {
	readonly lines: readonly LogLine[];
	readonly width: number;
	readonly height: number;
}) {
	const isScreenReader = useIsScreenReaderEnabled();
	if (isScreenReader || height < 2 || lines.length === 0) return undefined;
	const shown = lines.slice(-(height - 1));
	return (
		<Box flexDirection="column">
			<Text dimColor bold>
				Output
			</Text>
			<Rows
				lines={shown.map(({source, line}) => (
					<Text key={line} wrap="truncate" dimColor>
						{truncate(`  ${source ? `${source}: ` : ''}${line}`, width)}
					</Text>
				))}
			/>
		</Box>
	);
}
