import {Text} from 'ink';
import type {ReactNode} from 'react';
import {displayWidth, padEnd, sanitizeText, wrapText} from '../text.js';

/** Blocks of text as rows of exactly one line each, so that a screen knows its height before it draws. */
export type Lines = readonly ReactNode[];

export type TextStyle = {
	readonly bold?: boolean;
	readonly dimColor?: boolean;
	readonly color?: 'green' | 'yellow' | 'red' | 'cyan' | 'magenta' | 'blue';
};

export const blank: Lines = [<Text key="blank"> </Text>];

export function line(text: string, style: TextStyle = {}): Lines {
	return [
		<Text key={text} wrap="truncate" {...style}>
			{text === '' ? ' ' : text}
		</Text>,
	];
}

/** A paragraph; every line but the first begins with `indent` spaces more than `prefix` is wide. */
export function paragraph(text: string, width: number, style: TextStyle = {}, prefix = ''): Lines {
	const indent = displayWidth(prefix);
	return wrapText(sanitizeText(text), width - indent).flatMap((part, index) =>
		line((index === 0 ? prefix : ' '.repeat(indent)) + part, style),
	);
}

/** A sign and a sentence: `! Disk nearly full`, its hint dimmed beneath. */
export function noticeLines(
	sign: string,
	message: string,
	hint: string | undefined,
	width: number,
	style: TextStyle,
): Lines {
	const indent = ' '.repeat(displayWidth(sign) + 1);
	return [
		...paragraph(message, width, style, `${sign} `),
		...(hint ? paragraph(hint, width, {dimColor: true}, indent) : []),
	];
}

export function heading(text: string): Lines {
	return line(text, {bold: true});
}

const widestLabel = 24;

/** Label and value in two columns; long values go on beneath themselves. */
export function factLines(facts: readonly (readonly [label: string, value: string])[], width: number): Lines {
	const labelWidth = Math.min(
		widestLabel,
		Math.floor(width / 2.5),
		Math.max(0, ...facts.map(([label]) => displayWidth(label))),
	);
	return facts.flatMap(([label, value]) => {
		const labels = wrapText(sanitizeText(label), labelWidth);
		const values = wrapText(sanitizeText(value), width - labelWidth - 2);
		const count = Math.max(labels.length, values.length);
		const rows = Array.from({length: count}, (_, index) => [labels[index] ?? '', values[index] ?? ''] as const);
		return rows.map(([labelPart, valuePart]) => (
			<Text key={`${labelPart} ${valuePart}`} wrap="truncate">
				<Text dimColor>{padEnd(labelPart, labelWidth)}</Text>
				{`  ${valuePart}`}
			</Text>
		));
	});
}

/** A command to type, set apart so that it can be copied; cut nowhere, broken only where it does not fit. */
export function commandLines(command: string, width: number): Lines {
	return wrapText(sanitizeText(command), width - 2).flatMap(part => line(`  ${part}`, {color: 'cyan'}));
}

/** Draws rows; keys by position, since equal lines may follow one another. */
export function Rows({lines}: {readonly lines: Lines}) {
	return lines.map((row, index) => (
		// biome-ignore lint/suspicious/noArrayIndexKey: a row has no identity but its place
		<Row key={index}>{row}</Row>
	));
}

function Row({children}: {readonly children: ReactNode}) {
	return children;
}
