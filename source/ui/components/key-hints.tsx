import {Box, Text} from 'ink';
import type {KeyHint} from '../key-hint.js';
import {displayWidth} from '../text.js';

const gap = 3;

/** The keys that fit, important ones first to stay, in their own order. */
export function fitKeys(keys: readonly KeyHint[], width: number): readonly KeyHint[] {
	const kept = new Set<KeyHint>();
	let used = 0;
	const byImportance = [...keys.filter(key => key.important), ...keys.filter(key => !key.important)];
	for (const key of byImportance) {
		const needed = displayWidth(`${key.key} ${key.does}`) + (kept.size === 0 ? 0 : gap);
		if (used + needed > width) continue;
		kept.add(key);
		used += needed;
	}

	return keys.filter(key => kept.has(key));
}

/** The last line of a screen: which keys do what. */
export function KeyHints({keys, width}: {readonly keys: readonly KeyHint[]; readonly width: number}) {
	return (
		<Box columnGap={gap} height={1} overflow="hidden">
			{fitKeys(keys, width).map(({key, does}) => (
				<Box key={`${key} ${does}`} flexShrink={0}>
					<Text>
						<Text bold>{key}</Text>
						<Text dimColor>{` ${does}`}</Text>
					</Text>
				</Box>
			))}
		</Box>
	);
}
