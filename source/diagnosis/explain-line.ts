import {diagnose} from './diagnose.js';
import {evidenceSchema} from './evidence.js';

const mostRemembered = 2000;
const longest = 2000;

/**
 * Explains single log lines: the cause that a line alone speaks for, with what it means; undefined for a line without one.
 * A line that several causes share gets the likeliest. Remembers what it said, since a screen asks again with every redraw.
 */
export function createLineExplainer(): (line: string) => string | undefined {
	const known = new Map<string, string | undefined>();
	return line => {
		if (known.has(line)) return known.get(line);
		const explanation = explain(line.slice(0, longest));
		if (known.size >= mostRemembered) known.clear();
		known.set(line, explanation);
		return explanation;
	};
}

function explain(line: string): string | undefined {
	if (line.trim() === '') return undefined;
	const evidence = evidenceSchema.parse({
		format: 'lifeboat-evidence',
		version: 1,
		services: [{service: placeholder, log: [line]}],
	});
	const [first] = diagnose(evidence);
	if (first === undefined || first.confidence === 'low') return undefined;
	return `${first.cause}: ${first.summary.replaceAll(placeholder, 'this service')}`;
}

/** A name that no log holds. */
const placeholder = 'lifeboat-this-service';
