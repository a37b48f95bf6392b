import {formatDuration} from '../../text-progress.js';
import type {Outcome} from '../flow.js';
import {offerRollback} from '../rollback/offer.js';
import type {HealthReport} from '../steps/health-rules.js';
import type {MajorPlan} from './plan.js';

export type MajorResult = {
	readonly plan: MajorPlan;
	readonly backup: string | null;
	readonly databases: readonly {readonly name: string; readonly tables: number; readonly rows: number}[];
	/** Settings carried over from the old data folder, and what could not be. */
	readonly settings: {readonly carried: readonly string[]; readonly left: readonly string[]};
	/** Indexes that were built anew; 0 where the data was moved. */
	readonly indexes: number;
	readonly health: HealthReport | null;
	/** Milliseconds without the application, as its health URL saw it. */
	readonly outageMs: number;
};

export function majorToJson(result: MajorResult): Readonly<Record<string, unknown>> {
	const {plan} = result;
	const shared = {
		ok: true,
		action: plan.action,
		service: plan.service,
		backup: result.backup,
		databases: result.databases.map(one => ({service: plan.service, ...one})),
		health: result.health ?? {ok: true, checks: []},
		outageMs: result.outageMs,
		rolledBack: false,
	};
	if (plan.action === 'reindex')
		return {
			...shared,
			from: {major: plan.major, image: plan.image},
			to: {major: plan.major, image: plan.image},
			indexes: result.indexes,
		};
	const {old, next} = plan;
	return {
		...shared,
		from: {major: old.major, image: old.image, volume: old.place.source},
		to: {major: next.major, image: next.image, volume: next.place.source},
		files: plan.edit.files.map(file => file.path),
		settings: result.settings,
	};
}

export function describeMajor(result: MajorResult): Outcome {
	const {plan, settings} = result;
	const backup = result.backup === null ? [] : [['Backup', result.backup] as const];
	if (plan.action === 'reindex')
		return {
			status: 'success',
			title: `${plan.service} sorts as its system does again`,
			facts: [['Indexes built anew', String(result.indexes)], ...backup],
			notes: [
				'Pin the image with its system in the tag (for example postgres:17-bookworm), so that it does not happen again unseen.',
			],
			next: [],
		};
	const {old, next} = plan;
	const tables = result.databases.reduce((sum, one) => sum + one.tables, 0);
	const rows = result.databases.reduce((sum, one) => sum + one.rows, 0);
	return {
		status: 'success',
		title:
			plan.action === 'adopt'
				? `The data of ${plan.service} lies in ${next.place.source} now, and the application is healthy`
				: `${plan.stack.project} runs on PostgreSQL ${next.major} and is healthy`,
		facts: [
			...(tables === 0 ? [] : [['Compared', `${tables} tables, ${rows.toLocaleString('en')} rows, equal`] as const]),
			['Away for', formatDuration(result.outageMs)],
			['New data', next.place.source],
			['Old data', `${old.place.source}, untouched`],
			...backup,
			...(settings.carried.length === 0 ? [] : [['Settings', `${settings.carried.join(', ')} carried over`] as const]),
		],
		notes: [
			...settings.left.map(text => `Not carried over: ${text}`),
			'Until you drop it, the old server can come back; what is written from now on is in the new one alone.',
		],
		next: [
			offerRollback('If something is wrong, go back'),
			{text: 'When you are content, drop the old data', command: ['lifeboat', 'rollback', '--drop']},
		],
	};
}
