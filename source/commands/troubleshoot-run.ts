import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {parseEvidence} from '../diagnosis/evidence.js';
import {AppError} from '../errors.js';
import {exitCodeOf, reportTroubles} from '../flows/troubleshoot-report.js';
import {describeReport} from '../flows/troubleshoot-text.js';
import type {CommandRunner} from './command.js';

/** Diagnoses an evidence file. Exit code 4 when something was found, 0 when not. */
export const runTroubleshoot: CommandRunner = async ({options}, context) => {
	const {evidence: given} = options;
	if (typeof given !== 'string') {
		throw new AppError('usage', '`lifeboat troubleshoot` needs an evidence file', {
			hint: 'Name it with --evidence FILE',
			fix: ['lifeboat', 'troubleshoot', '--evidence', 'FILE'],
		});
	}

	const file = resolve(context.services.cwd, given);
	const report = reportTroubles(parseEvidence(await readEvidence(file), given));
	context.answer(describeReport(report), report);
	return exitCodeOf(report);
};

async function readEvidence(file: string): Promise<string> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		throw new AppError('file-not-found', `The evidence file cannot be read: ${file}`, {
			hint: 'Check the path',
			cause: error,
		});
	}
}
