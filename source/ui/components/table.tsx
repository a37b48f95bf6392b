import {Text} from 'ink';
import {displayWidth, padEnd, padStart, sanitizeLine, truncate, wrapText} from '../text.js';
import type {Lines} from './lines.js';

const gap = 2;
const leastWidth = 6;
const numeric = /^[-+]?[\d,.]+(?: ?[kMGT]?B| ?%| s)?$/;

/** Widths of columns that fit into `width`: the widest column gives way first, down to a few letters. */
export function fitColumns(natural: readonly number[], width: number): readonly number[] {
	const widths = [...natural];
	const room = width - gap * Math.max(0, widths.length - 1);
	let excess = widths.reduce((sum, value) => sum + value, 0) - room;
	while (excess > 0) {
		const widest = Math.max(...widths);
		if (widest <= leastWidth) break;
		const index = widths.lastIndexOf(widest);
		widths[index] = widest - 1;
		excess--;
	}

	return widths;
}

export type TableData = {
	readonly columns: readonly string[];
	readonly rows: readonly (readonly string[])[];
};

/**
 * A table as rows of one line; columns of numbers are set to the right; columns that do not fit at all are left out from the right.
 * The first column names what a row is about: where it does not fit, the whole name stands in lines of its own above the rest.
 */
export function tableLines({columns, rows}: TableData, width: number): Lines {
	const shownCount = Math.max(1, Math.min(columns.length, Math.floor((width + gap) / (leastWidth + gap))));
	const heads = columns.slice(0, shownCount).map(sanitizeLine);
	const cells = rows.map(row => heads.map((_, index) => sanitizeLine(row[index] ?? '')));
	const natural = heads.map((head, index) =>
		Math.max(displayWidth(head), ...cells.map(row => displayWidth(row[index] ?? ''))),
	);
	const widths = fitColumns(natural, width);
	const isNumeric = heads.map(
		(_, index) => cells.length > 0 && cells.every(row => row[index] === '' || numeric.test(row[index] ?? '')),
	);
	const format = (row: readonly string[]) =>
		row
			.map((cell, index) => {
				const columnWidth = widths[index] ?? 0;
				const text = truncate(cell, columnWidth);
				return isNumeric[index] ? padStart(text, columnWidth) : padEnd(text, columnWidth);
			})
			.join(' '.repeat(gap))
			.trimEnd();
	const lines = cells.flatMap(([first = '', ...rest]) =>
		rest.length > 0 && displayWidth(first) > (widths[0] ?? 0)
			? [...wrapText(first, width), format(['', ...rest])]
			: [format([first, ...rest])],
	);
	return [
		<Text key="head" wrap="truncate" dimColor>
			{format(heads)}
		</Text>,
		...lines.map((text, index) => (
			// biome-ignore lint/suspicious/noArrayIndexKey: rows of a table have no identity but their place
			<Text key={index} wrap="truncate">
				{text || ' '}
			</Text>
		)),
	];
}
