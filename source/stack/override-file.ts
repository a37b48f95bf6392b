import {isMap, isScalar, parseDocument} from 'yaml';
import {editService, type ServiceEdit} from './edit-service.js';

export type OverrideEdit = ServiceEdit & {
	/** All other mounts of the service, in the short form: written too where the list of the first file is replaced as a whole. */
	readonly otherMounts: readonly string[];
	/** The mount has another target than before: Compose would add it to the old one, unless the list is replaced (`!override`, Compose 2.24.4). */
	readonly replacesList: boolean;
};

/**
 * The text of an override file that makes the edit, so that the user's own compose file stays as it is; `text` is what the file has already, null when there is none.
 * Undefined when the service is in it with words that cannot be changed line by line.
 */
export function editOverride(text: string | null, edit: OverrideEdit): string | undefined {
	const {service, image, mount, volume, otherMounts, replacesList} = edit;
	if (text === null || text.trim() === '')
		return `${text ?? ''}services:\n${serviceLines(edit, '  ')}${volumeLines(edit)}`;
	const root = parseDocument(text, {strict: false, logLevel: 'silent'}).contents;
	const services = isMap(root) ? root.get('services', true) : undefined;
	const own = isMap(services) ? services.get(service, true) : undefined;
	if (own !== undefined) {
		if (replacesList && isMap(own) && own.has('volumes')) return undefined;
		const simple = editService(text, {service, image, mount: replacesList ? null : mount, volume});
		if (simple === undefined || !replacesList || mount === null) return simple;
		return insertBefore(simple, service, indent => listLines(mountsOf(mount, otherMounts), indent));
	}

	const first = isMap(services) && !services.flow ? services.items[0]?.key : undefined;
	if (!isScalar(first) || !first.range) return undefined;
	const [at] = first.range;
	const indent = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
	const withService = text.slice(0, at - indent.length) + serviceLines(edit, indent) + text.slice(at - indent.length);
	return editService(withService, {service, image: null, mount: null, volume});
}

function serviceLines({service, image, mount, otherMounts, replacesList}: OverrideEdit, indent: string): string {
	const inner = indent + indent;
	const lines = [
		`${indent}${service}:`,
		...(image === null ? [] : [`${inner}image: ${image}`]),
		...(mount === null
			? []
			: [
					`${inner}volumes:${replacesList ? ' !override' : ''}`,
					...(replacesList ? mountsOf(mount, otherMounts) : [shortForm(mount)]).map(one => `${inner}  - ${one}`),
				]),
	];
	return `${lines.join('\n')}\n`;
}

function volumeLines({volume}: OverrideEdit): string {
	if (volume === null) return '';
	const declared = volume.name === null ? '' : `\n    external: true\n    name: ${volume.name}`;
	return `\nvolumes:\n  ${volume.key}:${declared}\n`;
}

const shortForm = (mount: NonNullable<ServiceEdit['mount']>) => `${mount.source}:${mount.target}`;
const mountsOf = (mount: NonNullable<ServiceEdit['mount']>, others: readonly string[]) => [shortForm(mount), ...others];

function listLines(mounts: readonly string[], indent: string): string {
	return `volumes: !override\n${mounts.map(one => `${indent}  - ${one}\n`).join('')}${indent}`;
}

function insertBefore(text: string, service: string, lines: (indent: string) => string): string | undefined {
	const root = parseDocument(text, {strict: false, logLevel: 'silent'}).contents;
	const own = isMap(root) ? root.getIn(['services', service], true) : undefined;
	const key = isMap(own) && !own.flow ? own.items[0]?.key : undefined;
	if (!isScalar(key) || !key.range) return undefined;
	const [at] = key.range;
	const indent = text.slice(text.lastIndexOf('\n', at - 1) + 1, at);
	return text.slice(0, at) + lines(indent) + text.slice(at);
}
