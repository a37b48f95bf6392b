import * as z from 'zod';
import {AppError} from '../errors.js';
import {findDataFolders} from '../postgres/data-version.js';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';
import type {AnyFlow, Flow, Question} from './flow.js';
import {majorChoices} from './major/questions.js';
import {majorFlow} from './major.js';
import {upgradeFlow} from './upgrade.js';

type Answers = Readonly<Record<string, unknown>>;

const application = 'application';
const chosen = (answers: Answers): AnyFlow =>
	answers['postgres'] === undefined || answers['postgres'] === application ? upgradeFlow : majorFlow;
const planned = (plan: {readonly kind?: string}): AnyFlow => (plan.kind === 'major' ? majorFlow : upgradeFlow);
const finished = (result: {readonly plan: {readonly kind?: string}}) => planned(result.plan);

/** One door for what users call an upgrade: of the application, or of PostgreSQL beneath it. */
export const upgradeChoiceFlow: Flow<Answers, {readonly kind?: string}, {readonly plan: {readonly kind?: string}}> = {
	id: 'upgrade',
	title: 'Upgrade',
	answers: z.custom<Answers>().transform((answers, context) => {
		const {postgres, ...others} = answers;
		const flow = chosen(answers);
		const parsed = flow.answers.safeParse(flow === majorFlow ? answers : others);
		if (parsed.success) return {...parsed.data, ...(flow === majorFlow ? {} : {postgres: application})};
		for (const {message, path} of parsed.error.issues) context.addIssue({code: 'custom', message, path: [...path]});
		return z.NEVER;
	}),
	async questions(stack, given, services, signal) {
		if (given['postgres'] === undefined) return askWhat(stack);
		return chosen(given).questions(stack, given, services, signal);
	},
	async prepare(stack, answers, services, signal) {
		const {postgres, ...others} = answers;
		if (postgres === application) await refuseUnreadableData(stack, services, signal);
		return chosen(answers).prepare(stack, postgres === application ? others : answers, services, signal);
	},
	review: plan => planned(plan).review(plan),
	run: (plan, services, signal) => planned(plan).run(plan, services, signal),
	toJson: result => finished(result).toJson(result),
	outcome: result => finished(result).outcome(result),
};

/** Asked only where PostgreSQL could be upgraded too; without a terminal the application is meant. */
function askWhat(stack: Stack): readonly Question[] {
	const choices = majorChoices(stack);
	if (choices.length === 0) return [];
	return [
		{
			id: 'postgres',
			kind: 'choice',
			title: 'What do you want to upgrade?',
			flag: '--postgres',
			choices: [{value: application, label: 'The application', hint: 'code, images and data'}, ...choices],
			initial: application,
		},
	];
}

/** A server that cannot read its data needs the other upgrade first. Throws AppError preflight-failed. */
async function refuseUnreadableData(stack: Stack, services: Services, signal: AbortSignal): Promise<void> {
	for (const {service, serverVersion, containerId, major} of stack.databases) {
		if (serverVersion !== null || containerId === null || major === null) continue;
		// The first start of 18 may have left a folder of its own beside the data.
		const older = (await findDataFolders(services, containerId, signal)).find(folder => folder.major < major)?.major;
		if (older === undefined) continue;
		throw new AppError(
			'preflight-failed',
			`${service} cannot start: its data is of PostgreSQL ${older}, its image of ${major}. The data is intact`,
			{
				hint: 'Move the data to the version of the image, with a way back',
				fix: [
					'lifeboat',
					'upgrade',
					'--postgres',
					String(major),
					...(stack.databases.length > 1 ? ['--service', service] : []),
				],
			},
		);
	}
}
