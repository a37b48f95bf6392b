import {Box, Text, useIsScreenReaderEnabled, useStdout} from 'ink';
import {useEffect, useMemo, useRef, useState, useSyncExternalStore} from 'react';
import type {Stack} from '../../stack/stack.js';
import {errorLines} from '../components/error-lines.js';
import {blank, type Lines, paragraph, Rows} from '../components/lines.js';
import {MultiSelect} from '../components/multi-select.js';
import {Screen} from '../components/screen.js';
import {TextField} from '../components/text-field.js';
import {plural} from '../format.js';
import {useEscape, useKeys} from '../hooks.js';
import type {KeyHint} from '../key-hint.js';
import {clipboardSequence} from '../logs/clipboard.js';
import {type LogFeed, startLogFeed} from '../logs/log-feed.js';
import {createLogMatches, type LogFilter} from '../logs/log-matches.js';
import {LogRow} from '../logs/log-row.js';
import {type LogViewAction, type LogViewState, reduceLogView, visibleNumbers} from '../logs/log-view-state.js';
import {displayWidth, sanitizeLine, truncate} from '../text.js';
import {useUi} from '../ui-context.js';
import type {LogRecord, LogSource} from '../wizard.js';

export type LogsScreenProps = {
	readonly source: LogSource;
	readonly stack: Stack;
	readonly onLeave: () => void;
};

const keys: readonly KeyHint[] = [
	{key: 'Space', does: 'pause', important: true},
	{key: '↑↓', does: 'select'},
	{key: '/', does: 'search', important: true},
	{key: 'l', does: 'level'},
	{key: 's', does: 'services'},
	{key: 'c', does: 'copy'},
	{key: 'Esc', does: 'back', important: true},
	{key: '?', does: 'keys', important: true},
];
const pausedKeys: readonly KeyHint[] = [{key: 'Space', does: 'follow', important: true}, ...keys.slice(1)];
const searchKeys: readonly KeyHint[] = [
	{key: 'Enter', does: 'keep', important: true},
	{key: 'Esc', does: 'clear', important: true},
];
const palette = ['cyan', 'green', 'blue', 'magenta', 'yellow'];
const screenReaderIntervalMs = 5000;
const levels: readonly LogFilter['level'][] = [undefined, 'warning', 'error'];
const levelNames = {all: 'all levels', warning: 'warnings and errors', error: 'errors'};

/** Live logs of the services: one feed for as long as the screen is open. */
export function LogsScreen({source, stack, onLeave}: LogsScreenProps) {
	const isScreenReader = useIsScreenReaderEnabled();
	const [feed, setFeed] = useState<LogFeed>();
	// biome-ignore lint/correctness/useExhaustiveDependencies: a stack that was looked at again is still the same stack
	useEffect(() => {
		const started = startLogFeed(
			signal => source.follow(stack, [], signal),
			isScreenReader ? screenReaderIntervalMs : undefined,
		);
		setFeed(started);
		return started.stop;
	}, [stack.project, stack.directory]);
	const services = stack.services.map(({name}) => name);
	return feed ? <LogView feed={feed} source={source} services={services} onLeave={onLeave} /> : undefined;
}

type LogViewProps = {
	readonly feed: LogFeed;
	readonly source: LogSource;
	readonly services: readonly string[];
	readonly onLeave: () => void;
};

type Mode = 'view' | 'search' | 'services';

function LogView({feed, source, services, onLeave}: LogViewProps) {
	const {symbols} = useUi();
	const {stdout} = useStdout();
	const {ended, error} = useSyncExternalStore(feed.subscribe, feed.state);
	const [filter, setFilter] = useState<LogFilter>({search: '', services: new Set(), level: undefined});
	const [mode, setMode] = useState<Mode>('view');
	const [message, setMessage] = useState('');
	const view = useRef<LogViewState>({mode: 'follow'});
	const [, redraw] = useState(0);
	const height = useRef(10);
	const matches = useMemo(() => createLogMatches(filter), [filter]);
	matches.update(feed.ring);

	const apply = (action: LogViewAction) => {
		view.current = reduceLogView(view.current, action, matches, height.current);
		setMessage('');
		redraw(count => count + 1);
	};

	const copy = () => {
		const number = view.current.mode === 'paused' ? view.current.cursor : matches.at(matches.count() - 1);
		const record = number === undefined ? undefined : feed.ring.at(number);
		if (!record) return;
		stdout.write(clipboardSequence(sanitizeLine(record.line)));
		setMessage('Copied, if the terminal allows it');
	};

	const changeFilter = (change: Partial<LogFilter>) => {
		view.current = {mode: 'follow'};
		setFilter(previous => ({...previous, ...change}));
	};

	useKeys((input, key) => {
		if (input === ' ' || input === 'p') apply({type: view.current.mode === 'paused' ? 'follow' : 'pause'});
		else if (key.upArrow || input === 'k') apply({type: 'move', by: -1});
		else if (key.downArrow || input === 'j') apply({type: 'move', by: 1});
		else if (key.pageUp) apply({type: 'move', by: -height.current});
		else if (key.pageDown) apply({type: 'move', by: height.current});
		else if (key.home) apply({type: 'move', by: -Number.MAX_SAFE_INTEGER});
		else if (key.end || input === 'f') apply({type: 'follow'});
		else if (input === '/') setMode('search');
		else if (input === 's') setMode('services');
		else if (input === 'c') copy();
		else if (input === 'l') changeFilter({level: levels[(levels.indexOf(filter.level) + 1) % levels.length]});
	}, mode === 'view');
	useEscape(() => {
		if (mode === 'search') changeFilter({search: ''});
		if (mode !== 'view') setMode('view');
		else if (filter.search !== '') changeFilter({search: ''});
		else onLeave();
	});

	if (mode === 'services') {
		return (
			<ServicesView
				services={services}
				chosen={filter.services}
				onChoose={chosen => {
					changeFilter({services: new Set(chosen.length === services.length ? [] : chosen)});
					setMode('view');
				}}
			/>
		);
	}

	const isPaused = view.current.mode === 'paused';
	const state = error ? 'Stopped' : ended ? 'Ended' : isPaused ? 'Paused' : 'Live';
	const viewKeys = mode === 'search' ? searchKeys : isPaused ? pausedKeys : keys;
	return (
		<Screen title="Logs" step={state} keys={viewKeys}>
			{({width, height: bodyHeight}) => {
				const cursor = view.current.mode === 'paused' ? view.current.cursor : undefined;
				const selected = cursor === undefined ? undefined : feed.ring.at(cursor);
				const detail = selected ? detailLines(selected, source.explain?.(selected), width, symbols.note) : [];
				const room = Math.max(
					2,
					bodyHeight - 1 - (mode === 'search' ? 1 : 0) - (detail.length > 0 ? detail.length + 1 : 0),
				);
				height.current = room;
				const numbers = visibleNumbers(view.current, matches, room);
				const serviceWidth = Math.min(14, Math.floor(width / 4), Math.max(4, ...services.map(displayWidth)));
				return (
					<Box flexDirection="column">
						<Text wrap="truncate" dimColor>
							{truncate(message || describe(state, filter, matches.count(), symbols.separator), width)}
						</Text>
						{error ? <Rows lines={errorLines(error, width, symbols).slice(0, room)} /> : undefined}
						{numbers.length === 0 && !error ? <Text dimColor>No line yet</Text> : undefined}
						{numbers.map(number => {
							const record = feed.ring.at(number);
							return record ? (
								<LogRow
									key={number}
									record={record}
									isSelected={number === cursor}
									search={filter.search}
									explanation={source.explain?.(record)}
									serviceWidth={serviceWidth}
									color={palette[Math.max(0, services.indexOf(record.service)) % palette.length] ?? 'cyan'}
									width={width}
									symbols={symbols}
								/>
							) : undefined;
						})}
						{detail.length > 0 ? <Rows lines={[...blank, ...detail]} /> : undefined}
						{mode === 'search' ? (
							<TextField
								label="Search"
								initial={filter.search}
								width={width}
								placeholder="only lines with this text"
								onChange={search => changeFilter({search})}
								onSubmit={() => setMode('view')}
							/>
						) : undefined}
					</Box>
				);
			}}
		</Screen>
	);
}

/** The whole of the selected line, as far as three rows hold it, and what a known cause says about it. */
function detailLines(record: LogRecord, explanation: string | undefined, width: number, sign: string): Lines {
	return [
		...paragraph(sanitizeLine(record.line), width).slice(0, 3),
		...(explanation ? paragraph(sanitizeLine(explanation), width, {color: 'magenta'}, `${sign} `).slice(0, 2) : []),
	];
}

/** `Live · all levels · 3 services · "error" · 1,204 lines`. */
function describe(state: string, {search, services, level}: LogFilter, count: number, separator: string): string {
	return [
		state,
		plural(count, 'line'),
		levelNames[level ?? 'all'],
		...(services.size > 0 ? [[...services].map(sanitizeLine).join(', ')] : []),
		...(search === '' ? [] : [`with “${search}”`]),
	].join(separator);
}

const serviceKeys: readonly KeyHint[] = [
	{key: 'Space', does: 'tick', important: true},
	{key: 'Enter', does: 'show these', important: true},
	{key: 'a', does: 'all'},
	{key: 'n', does: 'none'},
	{key: 'Esc', does: 'leave it', important: true},
];

type ServicesViewProps = {
	readonly services: readonly string[];
	readonly chosen: ReadonlySet<string>;
	readonly onChoose: (services: readonly string[]) => void;
};

function ServicesView({services, chosen, onChoose}: ServicesViewProps) {
	const options = services.map(name => ({value: name, label: name}));
	return (
		<Screen title="Logs" step="Services" keys={serviceKeys}>
			{({width, height}) => (
				<Box flexDirection="column">
					<Rows lines={[...paragraph('Which services should be shown?', width, {bold: true}), ...blank]} />
					<MultiSelect
						options={options}
						initial={chosen.size === 0 ? services : [...chosen]}
						width={width}
						height={height - 2}
						onSubmit={onChoose}
					/>
				</Box>
			)}
		</Screen>
	);
}
