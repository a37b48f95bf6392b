import {isAbsolute} from 'node:path';
import type {ComposeTarget, ContainerSummary, Docker} from '../engine/types.js';
import {composeLabels} from './runtime.js';

/** A Compose project that has containers on the engine. */
export type ProjectSummary = {
	readonly project: string;
	/** Folder that it was started from; null when the label is not there. */
	readonly directory: string | null;
	readonly files: readonly string[];
	readonly running: number;
	readonly total: number;
	readonly services: readonly string[];
	/** Does an image or a service's name look like PostgreSQL? For sorting a list, never a verdict. */
	readonly hasPostgres: boolean;
	/** The flags with which `docker compose` means this project. */
	readonly target: ComposeTarget;
};

/** The Compose projects on the engine, those that run first. Throws engine-unreachable and engine-permission-denied. */
export async function listProjects(
	docker: Pick<Docker, 'listContainers'>,
	cwd: string,
	signal?: AbortSignal,
): Promise<readonly ProjectSummary[]> {
	const containers = await docker.listContainers({all: true}, signal);
	return summarizeProjects(containers, cwd);
}

export function summarizeProjects(containers: readonly ContainerSummary[], cwd: string): readonly ProjectSummary[] {
	const projects = new Map<string, ContainerSummary[]>();
	for (const container of containers) {
		const project = container.labels[composeLabels.project];
		if (project !== undefined) projects.set(project, [...(projects.get(project) ?? []), container]);
	}

	return [...projects]
		.map(([project, own]): ProjectSummary => {
			const target = targetOfLabels(own, cwd) ?? {files: [], projectName: project, profiles: [], envFiles: [], cwd};
			return {
				project,
				directory: newest(own)?.labels[composeLabels.directory] ?? null,
				files: target.files,
				running: own.filter(({state}) => state === 'running').length,
				total: own.length,
				services: [...new Set(own.flatMap(({labels}) => labels[composeLabels.service] ?? []))].sort(),
				hasPostgres: own.some(({image, labels}) =>
					/postgres|postgis|timescale|pgvector|citus/.test(`${image} ${labels[composeLabels.service]}`),
				),
				target,
			};
		})
		.sort(
			(a, b) =>
				Number(b.running > 0) - Number(a.running > 0) ||
				Number(b.hasPostgres) - Number(a.hasPostgres) ||
				a.project.localeCompare(b.project),
		);
}

const newest = (containers: readonly ContainerSummary[]) => containers.toSorted((a, b) => b.createdAt - a.createdAt)[0];

/** The target that the newest container's labels speak of: the files, folder and env file that the operator used. Undefined without labels. */
export function targetOfLabels(containers: readonly ContainerSummary[], cwd: string): ComposeTarget | undefined {
	const labels = newest(containers)?.labels;
	const project = labels?.[composeLabels.project];
	const directory = labels?.[composeLabels.directory];
	const files = splitPaths(labels?.[composeLabels.files] ?? '');
	if (labels === undefined || project === undefined || files.length === 0) return undefined;
	return {
		files,
		projectName: project,
		projectDirectory: directory,
		profiles: [],
		envFiles: splitPaths(labels[composeLabels.environmentFile] ?? ''),
		cwd: directory ?? cwd,
	};
}

/** Labels join paths with commas; a path may hold one itself, and then what follows does not begin like a path. */
function splitPaths(text: string): readonly string[] {
	const paths: string[] = [];
	for (const part of text.split(',')) {
		const last = paths.at(-1);
		if (last !== undefined && !isAbsolute(part) && part !== '-' && !/^[A-Za-z]:\\/.test(part))
			paths[paths.length - 1] = `${last},${part}`;
		else if (part !== '') paths.push(part);
	}

	return paths;
}
