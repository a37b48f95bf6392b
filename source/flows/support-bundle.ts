import * as z from 'zod';
import type {Services} from '../services.js';
import {shortenPath} from '../stack/paths.js';
import type {Stack} from '../stack/stack.js';
import {fileStamp} from '../stamp.js';
import type {Flow} from './flow.js';
import {gatherEvidence} from './troubleshoot/gather.js';
import {collectKnownSecrets} from './troubleshoot/known-secrets.js';
import {saveEvidence} from './troubleshoot/save-evidence.js';

const answersSchema = z.object({
	/** Path of the file, absolute or relative to the stack's folder. */
	file: z.string().trim().min(1),
	hideHosts: z.boolean().default(true),
});

type Answers = z.output<typeof answersSchema>;
type Plan = Answers & {readonly stack: Stack};
type Result = {readonly file: string; readonly services: number; readonly stack: Stack};

/** The support bundle from the wizard: `troubleshoot --save` on the command line. */
export const supportBundleFlow: Flow<Answers, Plan, Result> = {
	id: 'support-bundle',
	title: 'Support bundle',
	command: ['troubleshoot', '--save'],
	answers: answersSchema,
	async questions(stack, given, {clock}) {
		return [
			...(given.file === undefined
				? [
						{
							id: 'file',
							kind: 'text' as const,
							title: 'Where should the support bundle be written?',
							flag: '--save',
							hint: `A file in ${stack.directory}, or a whole path`,
							initial: nameOf(stack, clock),
						},
					]
				: []),
			...(given.hideHosts === undefined
				? [
						{
							id: 'hideHosts',
							kind: 'confirm' as const,
							title: 'Take out the names of your hosts and public addresses too?',
							flag: '--hide-hosts',
							hint: 'Passwords, tokens, keys and mail addresses are taken out in any case',
							initial: true,
						},
					]
				: []),
		];
	},
	prepare: async (stack, answers) => ({...answers, stack}),
	review: ({file, hideHosts, stack}) => ({
		title: 'Save a support bundle',
		facts: [
			['File', file],
			['Host names', hideHosts ? 'taken out' : 'kept'],
		],
		steps: [
			{title: `Look at ${stack.project} once more`, detail: 'states, logs, probes; nothing is changed'},
			{title: 'Take out what is secret, and write the file', detail: 'readable by you alone'},
		],
		warnings: [],
		destroys: [],
		needsConsent: false,
	}),
	async *run({file, hideHosts, stack}, services, signal) {
		const evidence = yield* gatherEvidence(stack, services, signal);
		yield {type: 'step-started', step: 'save', title: 'Take out what is secret, and write the file', canCancel: true};
		const secrets = await collectKnownSecrets(stack, services, signal);
		const path = await saveEvidence(evidence, {file, cwd: stack.directory, secrets, hideHosts});
		yield {type: 'step-finished', step: 'save', note: shortenPath(stack.directory, path)};
		return {file: path, services: evidence.services.length, stack};
	},
	toJson: ({file, services}) => ({ok: true, file, services}),
	outcome: ({file, services, stack}) => ({
		status: 'success',
		title: 'The support bundle is written, without secrets',
		facts: [
			['File', shortenPath(stack.directory, file)],
			['Holds', `states and logs of ${services} ${services === 1 ? 'service' : 'services'}, and what was tried`],
		],
		notes: ['It is text: read it before you pass it on.'],
		next: [
			{
				text: 'Whoever helps you reads it on any machine, without Docker',
				command: ['lifeboat', 'troubleshoot', '--evidence', shortenPath(stack.directory, file)],
			},
		],
	}),
};

/** `clerq-support-20260614T020000Z.json`. */
function nameOf({project}: Stack, {now}: Services['clock']): string {
	return `${project}-support-${fileStamp(now())}.json`;
}
