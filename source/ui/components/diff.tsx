import {sanitizeText} from '../text.js';
import {type Lines, line, type TextStyle} from './lines.js';

/** Unified diff lines; the sign at the start of a line tells what the colour repeats. */
export function diffLines(diff: readonly string[]): Lines {
	return diff.flatMap(text => sanitizeText(text).split('\n')).flatMap(text => line(text, styleOf(text)));
}

function styleOf(text: string): TextStyle {
	if (text.startsWith('+++') || text.startsWith('---')) return {bold: true};
	if (text.startsWith('@@')) return {color: 'cyan'};
	if (text.startsWith('+')) return {color: 'green'};
	if (text.startsWith('-')) return {color: 'red'};
	return {dimColor: true};
}
