import {collectAllSecrets, type Examination, examine} from '../../diagnosis/diagnose.js';
import type {ServiceEvidence} from '../../diagnosis/evidence.js';
import {isBroken} from '../../diagnosis/view.js';
import {AppError} from '../../errors.js';
import {drive} from '../../operation.js';
import {collectSecrets} from '../../redaction.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {readStackFiles} from '../../stack/stack-files.js';
import {gatherEvidence} from '../troubleshoot/gather.js';
import type {FixAnswers} from './answers.js';
import {hasRemedy} from './remedies.js';
import type {FixContext} from './remedy.js';

/**
 * Gathers, diagnoses and finds what the fix is offered for. Only reads.
 * Throws AppError: usage for an unknown fix, preflight-failed for one that no finding offers or that only a person can carry out.
 */
export async function readFixContext(
	stack: Stack,
	answers: FixAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<FixContext> {
	const gather = () => drive(gatherEvidence(stack, services, signal), () => {});
	const files = await readStackFiles(stack.target, stack.directory, services.environment);
	let evidence = await gather();
	if (findOffering(examine(evidence), answers) === undefined && evidence.services.some(isRestless)) {
		await services.clock.sleep(pauseMs, signal);
		evidence = await gather();
	}

	const examinations = examine(evidence);
	const examination = choose(examinations, answers);
	return {
		...examination,
		stack,
		evidence,
		files,
		answers,
		others: examinations.flatMap(other => (other === examination ? [] : [other.finding.cause])),
		secrets: [...new Set([...collectAllSecrets(evidence), ...collectSecrets(files.raw.variables)])],
	};
}

const pauseMs = 3000;

/** What crashes and starts again has moments in which it shows nothing: then a second look is worth it. */
const isRestless = (service: ServiceEvidence) => isBroken(service) || service.health === 'starting';

/** The finding that offers the fix, of the cause and the service that are meant. */
function findOffering(examinations: readonly Examination[], {fix, cause, service}: FixAnswers) {
	return examinations.find(
		({finding}) =>
			finding.fixes.some(offered => offered.id === fix) &&
			(cause === undefined || finding.cause === cause) &&
			(service == null || finding.service === service),
	);
}

function choose(examinations: readonly Examination[], answers: FixAnswers): Examination {
	const {fix} = answers;
	const found = findOffering(examinations, answers);
	if (found === undefined) throw notOffered(examinations, fix);
	if (hasRemedy(fix)) return found;
	const own = found.finding.fixes.find(offered => offered.id === fix);
	throw new AppError('preflight-failed', `Lifeboat cannot do this for you: ${own?.title}`, {
		hint: 'Carry out these steps yourself',
		details: own?.steps.map((step, index) => `${index + 1}. ${step}`),
	});
}

function notOffered(examinations: readonly Examination[], fix: string): AppError {
	const offered = [...new Set(examinations.flatMap(({finding}) => finding.fixes.map(({id}) => id)))];
	if (offered.length === 0)
		return new AppError('preflight-failed', `Nothing is wrong that ${fix} could mend: no problem was found`, {
			hint: 'Look again when the problem shows',
			fix: ['lifeboat', 'troubleshoot'],
		});
	return new AppError('preflight-failed', `No problem that was found is mended by ${fix}`, {
		hint: `The problems of this stack offer: ${offered.join(', ')}`,
		fix: ['lifeboat', 'troubleshoot'],
	});
}
