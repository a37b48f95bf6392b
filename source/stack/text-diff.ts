/** How many unchanged lines stand around a change. */
const contextLines = 1;

type Step = {readonly sign: ' ' | '-' | '+'; readonly text: string; readonly line: number};

/**
 * Unified diff lines between two texts, with a heading (`--- name`, `+++ name`); empty when they are equal.
 * `show` turns each line into what may be seen; both sides of a change pass through it.
 */
export function diffTexts(
	name: string,
	before: string | null,
	after: string,
	show: (line: string) => string = line => line,
): readonly string[] {
	if (before === after) return [];
	const steps = compareLines(before === null ? [] : linesOf(before), linesOf(after));
	const changed = steps.flatMap(({sign}, index) => (sign === ' ' ? [] : [index]));
	const near = (index: number) => changed.some(other => Math.abs(other - index) <= contextLines);
	const lines: string[] = [];
	let last = -2;
	for (const [index, {sign, text, line}] of steps.entries()) {
		if (!near(index)) continue;
		if (index !== last + 1) lines.push(`@@ line ${line} @@`);
		lines.push(`${sign}${show(text)}`);
		last = index;
	}

	return [`--- ${before === null ? 'no file yet' : name}`, `+++ ${name}`, ...lines];
}

function linesOf(text: string): readonly string[] {
	const lines = text.replaceAll('\r', '').split('\n');
	return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** The longest common subsequence of the lines between the equal beginning and the equal end. Configuration files are short. */
function compareLines(before: readonly string[], after: readonly string[]): readonly Step[] {
	const lengths = Array.from({length: before.length + 1}, () => new Uint32Array(after.length + 1));
	const at = (i: number, j: number) => lengths[i]?.[j] ?? 0;
	for (let i = before.length - 1; i >= 0; i--) {
		for (let j = after.length - 1; j >= 0; j--) {
			const row = lengths[i];
			if (row) row[j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
		}
	}

	const steps: Step[] = [];
	let [i, j] = [0, 0];
	while (i < before.length || j < after.length) {
		const [old, now] = [before[i], after[j]];
		if (old !== undefined && old === now) {
			steps.push({sign: ' ', text: old, line: ++i});
			j++;
		} else if (old !== undefined && (now === undefined || at(i + 1, j) >= at(i, j + 1))) {
			steps.push({sign: '-', text: old, line: ++i});
		} else {
			steps.push({sign: '+', text: now ?? '', line: i + 1});
			j++;
		}
	}

	return steps;
}
