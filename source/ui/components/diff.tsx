import {chunkText, sanitizeText} from '../text.js';
import {type Lines, line, type TextStyle} from './lines.js';

/** Unified diff lines, nothing cut off; the sign at the start of a line tells what the colour repeats. */
export function diffLines(diff: readonly string[], width: number): Lines {
	return diff
		.flatMap(text => sanitizeText(text).split('\n'))
		.flatMap(text => {
			const [first = '', ...rest] = chunkText(text, width);
			return [first, ...rest.flatMap(part => chunkText(part, width - 2)).map(part => `  ${part}`)].flatMap(part =>
				line(part, styleOf(text)),
			);
		});
}

function styleOf(text: string): TextStyle {
	if (text.startsWith('+++') || text.startsWith('---')) return {bold: true};
	if (text.startsWith('@@')) return {color: 'cyan'};
	if (text.startsWith('+')) return {color: 'green'};
	if (text.startsWith('-')) return {color: 'red'};
	return {dimColor: true};
}
