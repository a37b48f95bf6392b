export type NewVariable = {
	readonly name: string;
	readonly example: string;
	readonly comment: string | null;
	readonly file: string;
};

const examplePattern =
	/(?:^|\/)(?:\.?env[._-](?:example|sample|template|dist|default|defaults)|[^/]*\.env\.(?:example|sample|template|dist)|(?:example|sample|template)\.env|\.env\.[\w-]+\.(?:example|sample)|env\.(?:example|sample))$/i;

/** Does this path hold example variables, for users to copy? */
export function isEnvExample(path: string): boolean {
	return examplePattern.test(path);
}

/**
 * Variables that the new example has and the user's env file lacks. Those that the old example had too are left out: the user chose to do without them.
 * @param have names that the env file sets.
 */
export function findNewVariables(
	file: string,
	before: string | undefined,
	after: string,
	have: ReadonlySet<string>,
): readonly NewVariable[] {
	const known = new Set(parseExample(file, before ?? '').map(one => one.name));
	return parseExample(file, after).filter(one => !known.has(one.name) && !have.has(one.name));
}

function parseExample(file: string, text: string): readonly NewVariable[] {
	const found: NewVariable[] = [];
	let comment: string[] = [];
	for (const line of text.split(/\r?\n/)) {
		const assignment = line.match(/^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/);
		if (assignment?.[1] !== undefined) {
			const value = (assignment[2] ?? '').replace(/\s+#.*$/, '').replace(/^(["'])(.*)\1$/, '$2');
			found.push({name: assignment[1], example: value, comment: comment.join(' ') || null, file});
			comment = [];
		} else if (/^\s*#/.test(line)) comment.push(line.replace(/^\s*#+\s?/, '').trim());
		else comment = [];
	}

	return found;
}
