import type {Flow} from './flow.js';
import {type UpgradeAnswers, upgradeAnswersSchema} from './upgrade/answers.js';
import {describeUpgrade, type UpgradeResult, upgradeToJson} from './upgrade/outcome.js';
import {planUpgrade, type UpgradePlan} from './upgrade/plan.js';
import {askAboutUpgrade} from './upgrade/questions.js';
import {reviewUpgrade} from './upgrade/review.js';
import {runUpgrade} from './upgrade/run.js';
import {surveyUpgrade} from './upgrade/survey.js';

/** Code, images, env and data to the next release, and back as one when anything fails. */
export const upgradeFlow: Flow<UpgradeAnswers, UpgradePlan, UpgradeResult> = {
	id: 'upgrade',
	title: 'Upgrade',
	answers: upgradeAnswersSchema,
	questions: askAboutUpgrade,
	prepare: async (stack, answers, services, signal) =>
		planUpgrade(stack, answers, await surveyUpgrade(stack, answers, services, signal)),
	review: reviewUpgrade,
	run: runUpgrade,
	toJson: upgradeToJson,
	outcome: describeUpgrade,
};
