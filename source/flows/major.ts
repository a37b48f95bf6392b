import type {Flow} from './flow.js';
import {type MajorAnswers, majorAnswersSchema} from './major/answers.js';
import {describeMajor, type MajorResult, majorToJson} from './major/outcome.js';
import type {MajorPlan} from './major/plan.js';
import {prepareMajor} from './major/prepare.js';
import {askMajor} from './major/questions.js';
import {reviewMajor} from './major/review.js';
import {runMajor} from './major/run.js';

/** A server's data onto a newer PostgreSQL, or onto a volume that stays, and back. */
export const majorFlow: Flow<MajorAnswers, MajorPlan, MajorResult> = {
	id: 'upgrade',
	title: 'Upgrade PostgreSQL',
	answers: majorAnswersSchema,
	questions: askMajor,
	prepare: prepareMajor,
	review: reviewMajor,
	run: runMajor,
	toJson: majorToJson,
	outcome: describeMajor,
};
