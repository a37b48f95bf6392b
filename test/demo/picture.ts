import type {Cell, Frame} from './screen.js';

const cellWidth = 9;
const cellHeight = 19;
const margin = 14;

/** A frame as SVG: one text run for each stretch of cells that look alike. */
export function drawFrame(frame: Frame): string {
	const columns = Math.max(...frame.rows.map(row => row.length));
	const width = columns * cellWidth + 2 * margin;
	const height = frame.rows.length * cellHeight + 2 * margin;
	const body = frame.rows.map((row, index) => drawRow(row, margin + index * cellHeight)).join('');
	return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" rx="8" fill="#1e222a"/><g font-family="DejaVu Sans Mono" font-size="15" xml:space="preserve">${body}</g></svg>`;
}

function drawRow(row: readonly Cell[], top: number): string {
	const runs: {start: number; cells: Cell[]}[] = [];
	row.forEach((cell, column) => {
		const run = runs.at(-1);
		const [first] = run?.cells ?? [];
		// Frames are drawn cell by cell, so that rules and bars join whatever the font's width is.
		const alike =
			first &&
			first.color === cell.color &&
			first.background === cell.background &&
			first.bold === cell.bold &&
			first.dim === cell.dim;
		if (run && alike) run.cells.push(cell);
		else runs.push({start: column, cells: [cell]});
	});
	return runs
		.map(({start, cells}) => {
			const [style] = cells;
			const text = cells.map(cell => cell.text).join('');
			const left = margin + start * cellWidth;
			const box = style?.background
				? `<rect x="${left}" y="${top}" width="${cells.length * cellWidth}" height="${cellHeight}" fill="${style.background}"/>`
				: '';
			if (text.trim() === '') return box;
			const length = ` textLength="${cells.length * cellWidth}" lengthAdjust="spacing"`;
			return `${box}<text x="${left}" y="${top + 14}" fill="${style?.color ?? '#dcdfe4'}"${style?.bold ? ' font-weight="bold"' : ''}${style?.dim ? ' opacity="0.6"' : ''}${length}>${escapeXml(text)}</text>`;
		})
		.join('');
}

function escapeXml(text: string): string {
	return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
