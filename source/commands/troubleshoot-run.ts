import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {type Evidence, parseEvidence} from '../diagnosis/evidence.js';
import {AppError} from '../errors.js';
import {createFixFlow} from '../flows/fix.js';
import {evidenceOfRefusal, gatherEvidence} from '../flows/troubleshoot/gather.js';
import {collectKnownSecrets} from '../flows/troubleshoot/known-secrets.js';
import {saveEvidence} from '../flows/troubleshoot/save-evidence.js';
import {exitCodeOf, reportTroubles} from '../flows/troubleshoot-report.js';
import {describeReport} from '../flows/troubleshoot-text.js';
import {type HeadlessContext, runFlowHeadless} from '../headless.js';
import {drive} from '../operation.js';
import {createTextProgress} from '../text-progress.js';
import type {CommandInput, CommandRunner} from './command.js';
import {stackOf} from './stack-of.js';

/** Diagnoses the stack, or an evidence file. Exit code 4 when something was found, 0 when not. */
export const runTroubleshoot: CommandRunner = async ({options}, context) => {
	const {evidence: given, save, fix, publicUrl} = options;
	if (typeof fix === 'string') return applyFix(fix, options, context);
	const {evidence, secrets} =
		typeof given === 'string'
			? {evidence: await loadEvidence(given, context), secrets: []}
			: await gather(context, typeof publicUrl === 'string' ? readOrigin(publicUrl) : undefined);
	if (typeof save === 'string') {
		const {cwd} = context.services;
		const file = await saveEvidence(evidence, {file: save, cwd, secrets, hideHosts: options['hideHosts'] === true});
		context.say(`Saved without secrets: ${file}`);
	}

	const report = reportTroubles(evidence, {isLive: typeof given !== 'string'});
	context.answer(describeReport(report), report);
	return exitCodeOf(report);
};

/** Carries out one fix without a terminal, as any other flow. */
async function applyFix(fix: string, options: CommandInput['options'], context: HeadlessContext): Promise<number> {
	if (options['evidence'] !== undefined || options['save'] !== undefined)
		throw new AppError('usage', '--fix works on the running stack alone: leave out --evidence and --save');
	const stack = await stackOf(context.globals, context.services, context.signal);
	const answers = Object.fromEntries(
		['value', 'override', 'healthTimeout'].flatMap(name =>
			options[name] === undefined ? [] : [[name, options[name]]],
		),
	);
	return runFlowHeadless(createFixFlow({fix}), {fix, ...answers}, stack, context);
}

type Gathered = {
	readonly evidence: Evidence;
	/** What else the stack's files keep secret. */
	readonly secrets: readonly string[];
};

async function gather(
	{globals, services, signal, say}: HeadlessContext,
	publicUrl: string | undefined,
): Promise<Gathered> {
	try {
		const stack = await stackOf(globals, services, signal);
		if (publicUrl !== undefined)
			services.settings.updateStack(stack.project, stack.directory, memory => ({...memory, publicUrl}));
		const progress = createTextProgress({say, clock: services.clock, verbose: globals.verbose});
		const [evidence, secrets] = await Promise.all([
			drive(gatherEvidence(stack, services, signal), progress),
			collectKnownSecrets(stack, services, signal),
		]);
		return {evidence, secrets};
	} catch (error) {
		// An engine that is down and files that Compose refuses are findings, not obstacles.
		const refusal = evidenceOfRefusal(error);
		if (refusal === undefined) throw error;
		return {evidence: refusal, secrets: []};
	}
}

/** Scheme, host and port of an address as somebody types it. */
function readOrigin(text: string): string {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url !== undefined && /^https?:$/.test(url.protocol)) return url.origin;
	throw new AppError('usage', `--public-url is not an address of the web: ${text}`, {
		hint: 'Write it as it stands in the browser, for example https://app.example.com',
	});
}

async function loadEvidence(given: string, {services}: HeadlessContext): Promise<Evidence> {
	const file = resolve(services.cwd, given);
	try {
		return parseEvidence(await readFile(file, 'utf8'), given);
	} catch (error) {
		if (error instanceof AppError) throw error;
		throw new AppError('file-not-found', `The evidence file cannot be read: ${file}`, {
			hint: 'Check the path',
			cause: error,
		});
	}
}
