import {collectAllSecrets, examine} from '../../../source/diagnosis/diagnose.js';
import type {EvidenceInput} from '../../../source/diagnosis/evidence.js';
import type {Action} from '../../../source/flows/fix/actions.js';
import {type FixAnswers, fixAnswersSchema} from '../../../source/flows/fix/answers.js';
import type {Cure, FixContext} from '../../../source/flows/fix/remedy.js';
import {readRawFiles} from '../../../source/stack/raw-files.js';
import type {Stack} from '../../../source/stack/stack.js';
import {evidenceOf} from '../../diagnosis/evidence-of.js';
import {serverWith, serviceWith, stackWith} from '../stack-fixture.js';

export const directory = '/srv/clerq';

export type Given = {
	/** Text of the files by their name in the stack's folder; `docker-compose.yml` and `.env` are the usual ones. */
	readonly files: Readonly<Record<string, string>>;
	readonly evidence: Omit<EvidenceInput, 'format' | 'version'>;
	readonly stack?: Partial<Stack>;
	readonly answers?: Partial<FixAnswers>;
	readonly shell?: Readonly<Record<string, string>>;
};

/** What a remedy sees of a stack whose evidence offers the fix; `cause` is the finding that is meant. */
export async function contextWith(fix: string, given: Given): Promise<FixContext> {
	const texts = new Map(Object.entries(given.files).map(([name, text]) => [`${directory}/${name}`, text]));
	const shell = given.shell ?? {};
	const composeFiles = [...texts.keys()].filter(path => /\.ya?ml$/.test(path));
	const stack = stackWith({
		target: {files: composeFiles, profiles: [], envFiles: [], cwd: directory},
		databases: [serverWith()],
		services: [
			serviceWith('postgres', {role: 'database', build: false, image: 'postgres:17'}),
			serviceWith('migrate', {role: 'migrate', oneShot: true}),
			serviceWith('app'),
		],
		...given.stack,
	});
	const evidence = evidenceOf(given.evidence);
	const examination = examine(evidence).find(({finding}) => finding.fixes.some(offered => offered.id === fix));
	if (examination === undefined)
		throw new Error(`${fix} is not offered by ${examine(evidence).map(one => one.finding.cause)}`);
	return {
		...examination,
		stack,
		evidence,
		files: {
			raw: await readRawFiles({
				files: composeFiles,
				projectDirectory: directory,
				envFiles: [],
				cwd: directory,
				environment: shell,
				read: async path => texts.get(path),
			}),
			projectDirectory: directory,
			texts,
			dotenv: `${directory}/.env`,
			override: `${directory}/docker-compose.override.yml`,
			shell,
		},
		answers: fixAnswersSchema.parse({fix, override: false, ...given.answers}),
		others: [],
		secrets: collectAllSecrets(evidence),
	};
}

/** New texts of the edited files by name. */
export function textsOf(cure: Cure): Readonly<Record<string, string>> {
	return Object.fromEntries(
		cure.actions.flatMap(action => (action.kind === 'edit-file' ? [[action.name, action.after.reveal()]] : [])),
	);
}

/** The lines that differ between the files that were given and those that the cure writes. */
export function changedLines(given: Given, cure: Cure): readonly string[] {
	return Object.entries(textsOf(cure)).flatMap(([name, text]) => {
		const old = new Set((given.files[name] ?? '').split('\n'));
		return text.split('\n').flatMap(line => (old.has(line) ? [] : [`${name}: ${line.trim()}`]));
	});
}

export function diffOf(cure: Cure): string {
	return cure.actions.flatMap(action => (action.kind === 'edit-file' ? action.diff : [])).join('\n');
}

export function kindsOf(cure: Cure): readonly Action['kind'][] {
	return cure.actions.map(action => action.kind);
}
