import prettyBytes from 'pretty-bytes';
import {alignRows} from '../headless.js';
import type {Stack} from '../stack/stack.js';
import {stackToJson} from '../stack/stack-json.js';
import type {CommandRunner} from './command.js';
import {stackOf} from './stack-of.js';

/** `lifeboat detect`. A finding is an answer, so the exit code is 0 whatever is found. */
export const runDetect: CommandRunner = async (_input, {services, globals, signal, answer}) => {
	const stack = await stackOf(globals, services, signal);
	answer(describeStack(stack, globals.verbose), stackToJson(stack));
	return 0;
};

function describeStack(stack: Stack, verbose: boolean): readonly string[] {
	return [
		`${stack.project} in ${stack.directory}${stack.engineReached ? '' : ' (files only: the Docker engine was not reached)'}`,
		'',
		...section('Databases', [...databaseRows(stack), ...externalRows(stack)]),
		...section(
			'Services',
			stack.services.map(service => [
				service.name,
				service.role,
				service.health === null ? service.state : `${service.state}, ${service.health}`,
				service.stopForRestore ? 'connects to the database' : '',
				service.healthUrl ?? '',
			]),
		),
		...section(
			'Storage to keep',
			stack.durable.map(storage => [storage.name, storage.type, storage.service, storage.target]),
		),
		...section(
			'Files',
			[...stack.composeFiles, ...stack.envFiles, ...stack.secretFiles].map(file => [file]),
		),
		...(stack.secrets.length === 0 ? [] : [`Secrets (names only): ${stack.secrets.join(', ')}`, '']),
		`Upgrade: ${{pull: 'pull new images', build: 'git pull and build', mixed: 'some images pulled, some built'}[stack.upgradeMode]}`,
		...stack.warnings.flatMap(warning => ['', `! ${warning.message}`, `  ${warning.hint}`]),
		...(verbose
			? ['', 'Why:', ...stack.reasons.map(reason => `  ${reason.subject}: ${reason.text} [${reason.rule}]`)]
			: []),
	];
}

function databaseRows(stack: Stack): readonly (readonly string[])[] {
	return stack.databases.map(database => [
		database.service,
		`PostgreSQL ${database.serverVersion ?? database.major ?? 'of unknown version'}${database.replica ? ' (replica)' : ''}`,
		`database ${database.database}`,
		`role ${database.user}`,
		database.sizeBytes === null ? '' : prettyBytes(database.sizeBytes),
		database.health === null ? database.state : `${database.state}, ${database.health}`,
	]);
}

function externalRows(stack: Stack): readonly (readonly string[])[] {
	return stack.external.map(external => [
		external.host,
		`external${external.provider === null ? '' : ` at ${external.provider}`}`,
		`named by ${external.variable} of ${external.service}`,
	]);
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
	return rows.length === 0 ? [] : [title, ...alignRows(rows).map(line => `  ${line}`), ''];
}
