import {Box, Static, Text, useInput} from 'ink';
import {useCallback, useMemo, useReducer, useRef, useState, useSyncExternalStore} from 'react';
import {Help} from './components/help.js';
import {Header} from './components/screen.js';
import {Spinner} from './components/spinner.js';
import {useTerminalSize} from './hooks.js';
import type {KeyHint} from './key-hint.js';
import {currentPlace, type Place, reduceNavigation, startNavigation} from './navigation.js';
import {Places} from './places.js';
import type {Session} from './session.js';
import {chooseSymbols} from './symbols.js';
import {sanitizeLine} from './text.js';
import {UiContext, type UiContextValue} from './ui-context.js';
import type {WizardOptions} from './wizard.js';

export type AppProps = {
	readonly options: WizardOptions;
	readonly session: Session;
};

/** The wizard: the frame of all screens, and the one place that always listens to keys. */
export function App({options, session}: AppProps) {
	const {columns, rows} = useTerminalSize();
	const [navigation, navigate] = useReducer(reduceNavigation, {name: 'start'} as const, startNavigation);
	const [project, setProject] = useState<string>();
	const [keys, setKeys] = useState<readonly KeyHint[]>([]);
	const [records, setRecords] = useState<readonly string[]>([]);
	const sessionState = useSyncExternalStore(session.subscribe, session.state);
	const textFields = useRef(0);
	const escapeHandlers = useRef<(() => void)[]>([]);
	const {environment, clock} = options.services;
	const symbols = useMemo(() => chooseSymbols(environment), [environment]);
	const isOpen = sessionState === 'open';
	const place = currentPlace(navigation);
	const isShown = isOpen || (sessionState === 'closed' && staysInTerminal.has(place.name));

	const latest = useRef(navigation);
	latest.current = navigation;

	// Ink gives up raw mode, and with it the process, as soon as nobody listens: this one never stops.
	useInput((input, key) => {
		if (key.ctrl && input === 'c') {
			session.interrupt();
			return;
		}

		if (session.state() !== 'open') return;
		if (latest.current.help) {
			navigate({type: 'toggle-help'});
			return;
		}

		if (key.escape) {
			const handler = escapeHandlers.current.at(-1);
			if (handler) handler();
			else if (latest.current.places.length > 1) navigate({type: 'back'});
			return;
		}

		if (textFields.current > 0) return;
		if (input === '?') navigate({type: 'toggle-help'});
		else if (input === 'q' && !session.isBusy()) session.leave();
	});

	const captureText = useCallback(() => {
		textFields.current++;
		return () => {
			textFields.current--;
		};
	}, []);
	const captureEscape = useCallback((handler: () => void) => {
		escapeHandlers.current = [...escapeHandlers.current, handler];
		return () => {
			escapeHandlers.current = escapeHandlers.current.filter(other => other !== handler);
		};
	}, []);
	const record = useCallback((line: string) => setRecords(lines => [...lines, sanitizeLine(line)]), []);
	const goBack = useCallback(() => navigate({type: 'back'}), []);

	const crumbs = useMemo(() => ['Lifeboat', ...(project ? [sanitizeLine(project)] : [])], [project]);
	const ui = useMemo(
		(): UiContextValue => ({
			symbols,
			columns,
			rows,
			crumbs,
			isActive: isOpen && !navigation.help,
			isHelpOpen: navigation.help && isOpen,
			isClosed: sessionState === 'closed',
			now: clock.now,
			captureText,
			captureEscape,
			setKeys,
			goBack,
			record,
			setExitCode: session.setExitCode,
		}),
		[
			symbols,
			columns,
			rows,
			crumbs,
			isOpen,
			sessionState,
			navigation.help,
			clock,
			captureText,
			captureEscape,
			goBack,
			record,
			session,
		],
	);

	return (
		<UiContext.Provider value={ui}>
			<Static items={[...records]}>
				{(line, index) => (
					<Text key={index} wrap="wrap">
						{line}
					</Text>
				)}
			</Static>
			{isShown ? (
				<>
					{navigation.help && isOpen ? <Help keys={keys} /> : undefined}
					<Places options={options} session={session} place={place} navigate={navigate} onProject={setProject} />
				</>
			) : undefined}
			{sessionState === 'leaving' ? <Leaving /> : undefined}
		</UiContext.Provider>
	);
}

/** Screens with something to read or to type after the wizard has gone. */
const staysInTerminal: ReadonlySet<Place['name']> = new Set(['start', 'flow', 'troubleshoot']);

function Leaving() {
	return (
		<Box flexDirection="column">
			<Header title="Leaving" step={undefined} width={40} withRule={false} />
			<Box paddingX={1}>
				<Spinner label="Cleaning up first (Ctrl+C: leave now)" />
			</Box>
		</Box>
	);
}
