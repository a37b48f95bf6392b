import {useEffect, useRef, useState} from 'react';
import type {ComposeTarget} from '../engine/types.js';
import {type AppError, toAppError} from '../errors.js';
import type {Stack} from '../stack/stack.js';
import {sanitizeError} from './operation-run.js';
import type {WizardOptions} from './wizard.js';

/** What is known of the stack so far. */
export type Detection = {
	readonly stack: Stack | undefined;
	/** Nothing more is under way. */
	readonly isComplete: boolean;
	/** The stack is from a look that came to its end. */
	readonly wasComplete: boolean;
	readonly error: AppError | undefined;
};

const nothing: Detection = {stack: undefined, isComplete: false, wasComplete: false, error: undefined};

/** Detects the stack, and again whenever `attempt` or the target changes; what was known stays on the screen meanwhile. */
export function useDetection(detect: WizardOptions['detect'], target: ComposeTarget, attempt: number): Detection {
	const [detection, setDetection] = useState(nothing);
	const lookedAt = useRef(target);
	// biome-ignore lint/correctness/useExhaustiveDependencies: an attempt is the wish to look again
	useEffect(() => {
		const controller = new AbortController();
		const {signal} = controller;
		const change = (update: (previous: Detection) => Detection) => {
			if (!signal.aborted) setDetection(update);
		};

		const look = async () => {
			const isSameTarget = lookedAt.current === target;
			lookedAt.current = target;
			change(previous => (isSameTarget ? {...previous, isComplete: false, error: undefined} : nothing));
			// A look again begins with little: what was complete stays until it is complete anew.
			const onPartial = (stack: Stack) => change(previous => (previous.wasComplete ? previous : {...previous, stack}));
			const stack = await detect(target, {signal, onPartial});
			change(() => ({stack, isComplete: true, wasComplete: true, error: undefined}));
		};

		look().catch((error: unknown) => {
			change(previous => ({...previous, isComplete: true, error: sanitizeError(toAppError(error))}));
		});
		return () => controller.abort();
	}, [detect, target, attempt]);
	return detection;
}
