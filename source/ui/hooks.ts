import {type Key, useInput, useIsScreenReaderEnabled, useStdout} from 'ink';
import {useCallback, useEffect, useRef, useState, useSyncExternalStore} from 'react';
import {type AppError, toAppError} from '../errors.js';
import {type OperationRun, type RunSnapshot, sanitizeError} from './operation-run.js';
import {useUi} from './ui-context.js';

export type TerminalSize = {readonly columns: number; readonly rows: number};

/** Size of the terminal, followed through resizes; 80 by 24 where it does not tell. */
export function useTerminalSize(): TerminalSize {
	const {stdout} = useStdout();
	const read = (): TerminalSize => ({columns: stdout.columns || 80, rows: stdout.rows || 24});
	const [size, setSize] = useState(read);
	useEffect(() => {
		const onResize = () => setSize({columns: stdout.columns || 80, rows: stdout.rows || 24});
		stdout.on('resize', onResize);
		return () => {
			stdout.off('resize', onResize);
		};
	}, [stdout]);
	return size;
}

/** Keys of a screen or component: silent while something lies over the screen. The handler of the newest render answers, so that no key meets old state. */
export function useKeys(handler: (input: string, key: Key) => void, isActive = true): void {
	const ui = useUi();
	const latest = useRef(handler);
	const isListening = useRef(false);
	latest.current = handler;
	isListening.current = isActive && ui.isActive;
	const listen = useCallback((input: string, key: Key) => {
		if (isListening.current) latest.current(input, key);
	}, []);
	useInput(listen);
}

/** What Escape does while this is mounted and active. */
export function useEscape(handler: () => void, isActive = true): void {
	const {captureEscape} = useUi();
	const latest = useRef(handler);
	latest.current = handler;
	useEffect(() => (isActive ? captureEscape(() => latest.current()) : undefined), [captureEscape, isActive]);
}

/** Takes `q` and `?` as text while a field is being typed into. */
export function useTextCapture(isActive = true): void {
	const {captureText} = useUi();
	useEffect(() => (isActive ? captureText() : undefined), [captureText, isActive]);
}

/** The state of a run, redrawn from its timer. */
export function useOperation<Result>(run: OperationRun<Result>): RunSnapshot<Result> {
	return useSyncExternalStore(run.subscribe, run.snapshot);
}

export type Loaded<Value> =
	| {readonly status: 'loading'}
	| {readonly status: 'ready'; readonly value: Value}
	| {readonly status: 'failed'; readonly error: AppError};

/** Loads something that is read once, again when `key` changes; what is no longer wanted is aborted. */
export function useLoad<Value>(load: (signal: AbortSignal) => Promise<Value>, key: string): Loaded<Value> {
	const [state, setState] = useState<{key: string; loaded: Loaded<Value>}>({key, loaded: {status: 'loading'}});
	const latest = useRef(load);
	latest.current = load;
	useEffect(() => {
		const controller = new AbortController();
		const settle = (loaded: Loaded<Value>) => {
			if (!controller.signal.aborted) setState({key, loaded});
		};

		latest.current(controller.signal).then(
			value => settle({status: 'ready', value}),
			(error: unknown) => settle({status: 'failed', error: sanitizeError(toAppError(error))}),
		);
		return () => controller.abort();
	}, [key]);
	return state.key === key ? state.loaded : {status: 'loading'};
}

/** Counts up every `intervalMs` while active: what turns a spinner. A screen reader is left in peace. */
export function useTick(intervalMs: number, isActive = true): number {
	const [tick, setTick] = useState(0);
	const isScreenReader = useIsScreenReaderEnabled();
	useEffect(() => {
		if (!isActive || isScreenReader) return undefined;
		const timer = setInterval(() => setTick(count => count + 1), intervalMs);
		return () => clearInterval(timer);
	}, [intervalMs, isActive, isScreenReader]);
	return tick;
}
