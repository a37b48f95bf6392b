import {Box, Text} from 'ink';
import {useState} from 'react';
import {truncate} from '../text.js';
import {TextField} from './text-field.js';

export type TypedConfirmProps = {
	/** The word to type, for example the name of the database. */
	readonly word: string;
	readonly width: number;
	readonly onConfirm: () => void;
};

/** Data is destroyed only after its name was typed. Takes three rows. */
export function TypedConfirm({word, width, onConfirm}: TypedConfirmProps) {
	const [isWrong, setIsWrong] = useState(false);
	return (
		<Box flexDirection="column">
			<Text wrap="truncate" bold>{`Type ${word} to go ahead:`}</Text>
			<TextField
				label={`Type ${word} to go ahead`}
				width={width}
				onChange={() => setIsWrong(false)}
				onSubmit={value => {
					if (value.trim() === word) onConfirm();
					else setIsWrong(true);
				}}
			/>
			<Text wrap="truncate" color="yellow">
				{isWrong ? truncate(`! That is not “${word}”. Nothing has been changed.`, width) : ' '}
			</Text>
		</Box>
	);
}
