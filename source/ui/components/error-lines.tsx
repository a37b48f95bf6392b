import type {AppError} from '../../errors.js';
import {formatCommand} from '../format.js';
import type {Symbols} from '../symbols.js';
import {blank, commandLines, heading, type Lines, paragraph} from './lines.js';

/** A failure for people: what is wrong, what to do now, what to type, and what the tool said. */
export function errorLines(error: AppError, width: number, symbols: Symbols): Lines {
	const isCancelled = error.code === 'cancelled';
	const sign = isCancelled ? symbols.idle : symbols.failed;
	return [
		...paragraph(error.message, width, {bold: true, color: isCancelled ? 'yellow' : 'red'}, `${sign} `),
		...(error.hint ? [...blank, ...paragraph(error.hint, width)] : []),
		...(error.fix ? [...blank, ...heading('Type this'), ...commandLines(formatCommand(error.fix), width)] : []),
		...(error.details.length > 0
			? [
					...blank,
					...heading('What was said'),
					...error.details.flatMap(detail =>
						paragraph(detail.trimStart(), width, {dimColor: true}, `  ${indentOf(detail)}`),
					),
				]
			: []),
	];
}

function indentOf(text: string): string {
	return ' '.repeat(text.length - text.trimStart().length);
}
