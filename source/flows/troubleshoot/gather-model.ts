import {isCancellation, toAppError} from '../../errors.js';
import type {Services} from '../../services.js';
import {type ComposeModel, parseComposeModel} from '../../stack/compose-model.js';
import type {Stack} from '../../stack/stack.js';

export type GatheredModel = {
	/** Null when Compose refuses the files. Holds secrets. */
	readonly model: ComposeModel | null;
	/** Real names of the networks that must be there before `up`. */
	readonly externalNetworks: readonly string[];
	/** Compose's warnings, or why it refuses. */
	readonly lines: readonly string[];
};

/** The files as Compose resolves them now, which need not be what the containers were made from. */
export async function readModel(
	stack: Stack,
	{compose}: Pick<Services, 'compose'>,
	signal: AbortSignal,
): Promise<GatheredModel> {
	try {
		const {model, warnings} = await compose.config(stack.target, {}, signal);
		return {model: parseComposeModel(model), externalNetworks: findExternal(model), lines: warnings};
	} catch (error) {
		if (isCancellation(error)) throw error;
		const failure = toAppError(error);
		return {model: null, externalNetworks: [], lines: [failure.message, ...failure.details]};
	}
}

function findExternal(model: unknown): readonly string[] {
	const {networks} = (model ?? {}) as {networks?: Record<string, {external?: unknown; name?: string} | null>};
	return Object.entries(networks ?? {}).flatMap(([key, network]) => (network?.external ? [network.name ?? key] : []));
}
