import {createHash} from 'node:crypto';
import {hide} from '../../hidden.js';
import {isSecretName, mask, redactText} from '../../redaction.js';
import {type ComposePath, type ComposeValue, editCompose, newOverride, readCompose} from '../../stack/edit-compose.js';
import {editEnvFile, readEnvFile} from '../../stack/env-file.js';
import {shortenPath} from '../../stack/paths.js';
import {diffTexts} from '../../stack/text-diff.js';
import {dotenvOf, findVariableSource, type VariableSource} from '../../stack/variable-source.js';
import type {FileEdit} from './actions.js';
import {type FixContext, refuse} from './remedy.js';
import {readUrlText, soleReference, type UrlText, writeUrlText} from './url-text.js';

/** Edits of the stack's files as they are drawn up; nothing is written. Several edits of a file become one. */
export class Draft {
	readonly #context: FixContext;
	readonly #texts = new Map<string, string>();
	readonly #secrets: string[];

	constructor(context: FixContext) {
		this.#context = context;
		this.#secrets = [...context.secrets];
	}

	/** The text as it would be now; null where there is no file. */
	text(path: string): string | null {
		return this.#texts.get(path) ?? this.#context.files.texts.get(path) ?? null;
	}

	replace(path: string, text: string): void {
		this.#texts.set(path, text);
	}

	/** The value at a path of one compose file, as it is written there; undefined when there is none. */
	// biome-ignore lint/suspicious/noExplicitAny: a compose file holds anything
	read(file: string, path: ComposePath): any {
		return readCompose(this.text(file) ?? '', path);
	}

	/** Sets a value in one compose file. */
	edit(file: string, path: ComposePath, value: ComposeValue): void {
		this.replace(file, editCompose(this.text(file) ?? '', path, value));
	}

	/** Sets an assignment of an env file. */
	setEnv(path: string, name: string, value: string): void {
		if (isSecretName(name, value)) this.#secrets.push(value);
		this.replace(path, editEnvFile(this.text(path) ?? '', {[name]: value}));
	}

	/** Sets a variable of `.env` for interpolation. */
	setDotenv(name: string, value: string): void {
		this.setEnv(dotenvOf(this.#context.files, name), name, value);
	}

	/** Sets a value in the compose file where it stands (or in the first one), or in the override file where that is wanted. */
	setCompose(path: ComposePath, value: ComposeValue): void {
		const {raw, override} = this.#context.files;
		if (this.prefersOverride() && override !== null) {
			const text = this.text(override);
			this.replace(
				override,
				text === null || text.trim() === '' ? newOverride(path, value) : editCompose(text, path, value),
			);
			return;
		}

		const holders = raw.composeFiles.filter(file => readCompose(this.text(file) ?? '', path) !== undefined);
		const service = raw.composeFiles.filter(file => readCompose(this.text(file) ?? '', path.slice(0, 2)) !== undefined);
		const file = holders.at(-1) ?? service.at(-1) ?? raw.composeFiles[0];
		if (file === undefined) refuse('There is no compose file that could be edited');
		this.replace(file, editCompose(this.text(file) ?? '', path, value));
	}

	/** A clean clone of a repository gets its changes in an override file, so that the next `git pull` meets none of them. */
	prefersOverride(): boolean {
		const {answers, evidence, files} = this.#context;
		return files.override !== null && (answers.override ?? (evidence.git != null && evidence.git.dirty !== true));
	}

	sourceOf(service: string, variable: string): VariableSource {
		return findVariableSource(this.#context.files, service, variable);
	}

	/** Makes a variable of a service have this value in the container, wherever the value comes from. Throws `refuse` for the shell's variables. */
	setVariable(service: string, variable: string, value: string): VariableSource {
		const {files} = this.#context;
		const source = findVariableSource(files, service, variable);
		switch (source.kind) {
			case 'env-file':
				this.setEnv(source.path, source.name, value);
				return source;
			case 'compose':
				this.setCompose(['services', service, 'environment', variable], escapeDollars(value));
				return source;
			case 'shell':
				return refuse(
					`${source.name} comes from the shell in which Lifeboat was started, and wins over every file`,
					`Change or unset it there: unset ${source.name}`,
				);
			case 'nowhere': {
				const [own] = (files.raw.services.get(service) ?? []).flatMap(definition => definition.envFiles);
				if (own !== undefined) this.setEnv(own.path, variable, value);
				else {
					this.setDotenv(variable, value);
					this.setCompose(['services', service, 'environment', variable], `\${${variable}}`);
				}

				return source;
			}

			default:
				source satisfies never;
				return source;
		}
	}

	/**
	 * Changes parts of a connection URL and leaves the rest as it is written, references to variables too. A part that is one reference alone
	 * (`\${DB_HOST:-localhost}`) is changed where that variable is set. Values are plain text.
	 */
	changeUrl(service: string, variable: string, change: Partial<UrlText>): void {
		const source = findVariableSource(this.#context.files, service, variable);
		if (source.kind === 'env-file') {
			const entry = readEnvFile(this.text(source.path) ?? '').findLast(({name}) => name === source.name);
			const inner = entry?.quote == null ? entry?.raw : entry.raw.slice(1, -1);
			if (entry === undefined || entry.refersTo.length === 0 || inner === undefined) {
				this.setEnv(
					source.path,
					source.name,
					this.#changeParts(entry?.value ?? '', change, variable, value => value),
				);
				return;
			}

			const quote = entry.quote ?? '';
			const raw = this.#changeParts(inner, change, variable, escapeDollars);
			const text = this.text(source.path) ?? '';
			this.replace(source.path, `${text.slice(0, entry.rawStart)}${quote}${raw}${quote}${text.slice(entry.rawEnd)}`);
			return;
		}

		if (source.kind !== 'compose') refuse(`${variable} of ${service} stands in no file that could be edited`);
		const raw = this.#changeParts(source.value, change, variable, escapeDollars);
		if (raw !== source.value) this.#setShared(service, variable, source.value, raw);
	}

	/** Puts a reference (`\${NAME}`) in place of a part of a URL in the compose file. */
	refer(service: string, variable: string, part: keyof UrlText, reference: string): void {
		const source = this.sourceOf(service, variable);
		const url = source.kind === 'compose' ? readUrlText(source.value) : undefined;
		if (source.kind !== 'compose' || url === undefined) refuse(`${variable} of ${service} is no URL in a compose file`);
		this.#setShared(service, variable, source.value, writeUrlText({...url, [part]: reference}));
	}

	/** As `setVariable`, but a secret never gets into a compose file: there a reference to `.env` takes its place. */
	setSecret(service: string, variable: string, value: string): void {
		const source = findVariableSource(this.#context.files, service, variable);
		if (source.kind !== 'compose') {
			this.setVariable(service, variable, value);
			return;
		}

		this.setDotenv(variable, value);
		this.#setShared(service, variable, source.value, `\${${variable}}`);
	}

	/** The same text often serves several services, by an anchor or as a copy. */
	#setShared(service: string, variable: string, former: string, raw: string): void {
		const {files, stack} = this.#context;
		for (const {name} of stack.services) {
			const other = findVariableSource(files, name, variable);
			if (name === service || (other.kind === 'compose' && other.value === former))
				this.setCompose(['services', name, 'environment', variable], raw);
		}
	}

	#changeParts(text: string, change: Partial<UrlText>, variable: string, write: (value: string) => string): string {
		const url = readUrlText(text);
		if (url === undefined) refuse(`${variable} is no URL whose parts could be changed`);
		const own: Record<string, string | null> = {};
		for (const [part, value] of Object.entries(change) as [keyof UrlText, string | null][]) {
			const name = soleReference(url[part]);
			if (name === undefined || value === null) own[part] = value === null ? null : write(value);
			else this.setDotenv(name, value);
		}

		return writeUrlText({...url, ...(own as Partial<UrlText>)});
	}

	/** The edits, one a file, with their diffs. */
	edits(): readonly FileEdit[] {
		const {files, stack} = this.#context;
		return [...this.#texts].flatMap(([path, after]) => {
			const before = files.texts.get(path) ?? null;
			if (before === after) return [];
			const name = shortenPath(stack.directory, path);
			return [
				{
					kind: 'edit-file' as const,
					path,
					name,
					before: before === null ? null : hashText(before),
					after: hide(after),
					diff: diffTexts(name, before, after, line => this.#show(line)),
				},
			];
		});
	}

	/** The files with which Compose is called afterwards: a new override file joins them. */
	target() {
		const {files, stack} = this.#context;
		const {override} = files;
		if (override === null || !this.#texts.has(override) || stack.target.files.includes(override)) return stack.target;
		return {...stack.target, files: [...stack.target.files, override]};
	}

	/** A line without its secrets; of a secret that stands alone the length is told, so that a change can be seen. References to variables stay. */
	#show(line: string): string {
		const [, name, value] = /^\s*(?:export\s+|-\s+)?([\w.]+)\s*[=:]\s*(\S.*)$/.exec(line) ?? [];
		if (
			name !== undefined &&
			value !== undefined &&
			!value.includes('://') &&
			!value.startsWith('$') &&
			isSecretName(name, value)
		) {
			const bare = /^(["'])(.*?)\1/.exec(value)?.[2] ?? value.replace(/\s+#.*$/, '');
			return `${line.slice(0, line.length - value.length)}${mask} (${bare.length} characters)`;
		}

		const references: string[] = [];
		// With its colon a reference in place of a password is taken out too: it is no secret.
		const flat = line.replace(/:?\$\{[^{}]*\}/g, found => `\uE000${references.push(found) - 1}\uE001`);
		return redactText(flat, this.#secrets, {mailAddresses: false}).replace(/\uE000(\d+)\uE001/g, (_, index) =>
			redactReference(references[Number(index)] ?? ''),
		);
	}
}

/** The default of a secret's variable is a secret too. */
function redactReference(reference: string): string {
	return reference.replace(/^(:?\$\{(\w+):?[-+])(.+)\}$/, (whole, start, name, fallback) =>
		isSecretName(name, fallback) ? `${start}${mask}}` : whole,
	);
}

/** A `$` in a compose file, or in an env file outside of single quotes, is written twice. */
export function escapeDollars(value: string): string {
	return value.replaceAll('$', '$$$$');
}

export function hashText(text: string): string {
	return createHash('sha256').update(text).digest('hex');
}
