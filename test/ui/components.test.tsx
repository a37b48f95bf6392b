import {render} from 'ink-testing-library';
import type {ReactNode} from 'react';
import {expect, test, vi} from 'vitest';
import {Rows} from '../../source/ui/components/lines.js';
import {ProgressBar} from '../../source/ui/components/progress-bar.js';
import {rowsOfOptions, Select} from '../../source/ui/components/select.js';
import {tableLines} from '../../source/ui/components/table.js';
import {TextField} from '../../source/ui/components/text-field.js';
import {chooseSymbols} from '../../source/ui/symbols.js';
import {UiContext, type UiContextValue} from '../../source/ui/ui-context.js';

const nothing = () => undefined;
const ui: UiContextValue = {
	symbols: chooseSymbols({LANG: 'en_US.UTF-8'}),
	columns: 80,
	rows: 24,
	crumbs: [],
	isActive: true,
	isHelpOpen: false,
	isClosed: false,
	now: () => 0,
	captureText: () => nothing,
	captureEscape: () => nothing,
	setKeys: nothing,
	goBack: nothing,
	record: nothing,
	setExitCode: nothing,
};

const show = (node: ReactNode) => render(<UiContext.Provider value={ui}>{node}</UiContext.Provider>);

test('a guess that is nearly done never reads 100 %', () => {
	expect(show(<ProgressBar share={0.999} width={30} />).lastFrame()).toContain('99 %');
	expect(show(<ProgressBar share={1} width={30} />).lastFrame()).toContain('100 %');
	expect(show(<ProgressBar share={-1} width={30} />).lastFrame()).toContain('0 %');
});

test('an arrow moves and Enter chooses what is highlighted', async () => {
	const chosen = vi.fn();
	const options = [
		{value: 'switch', label: 'Switch'},
		{value: 'in-place', label: 'In place'},
	];
	const {stdin, lastFrame} = show(<Select options={options} onSelect={chosen} width={60} height={10} />);
	await vi.waitFor(() => expect(stdin.listenerCount('readable')).toBeGreaterThan(0));
	stdin.write('\u001B[B');
	await vi.waitFor(() => expect(lastFrame()).toMatch(/❯ In place/));
	await vi.waitFor(() => {
		stdin.write('\r');
		expect(chosen).toHaveBeenLastCalledWith('in-place');
	});
});

test('a table says whole names also where they do not fit beside their numbers', () => {
	const data = {
		columns: ['Table', 'In the backup', 'Restored'],
		rows: [
			['drizzle.__drizzle_migrations', '3', '3'],
			['public.user', '25', '25'],
		],
	};
	const frame = (width: number) => show(<Rows lines={tableLines(data, width)} />).lastFrame();
	expect(frame(60)).toBe(
		[
			'Table                         In the backup  Restored',
			'drizzle.__drizzle_migrations              3         3',
			'public.user                              25        25',
		].join('\n'),
	);
	expect(frame(38)).toBe(
		[
			'Table          In the backup  Restored',
			'drizzle.__drizzle_migrations',
			'                           3         3',
			'public.user               25        25',
		].join('\n'),
	);
});

test('long labels are wrapped where there is room for them, else cut to a row each', () => {
	const options = [
		{value: 'password', label: 'Set the password of role clerq to what .env says'},
		{value: 'back', label: 'Back'},
	];
	const frame = (height: number) =>
		show(<Select options={options} onSelect={nothing} width={40} height={height} />).lastFrame();
	expect(rowsOfOptions(options, 40)).toBe(3);
	expect(frame(3)).toBe('❯ Set the password of role clerq to what\n  .env says\n  Back');
	expect(frame(2)).toBe('❯ Set the password of role clerq to wha…\n  Back');
	expect(rowsOfOptions(options, 80)).toBe(2);
});

test('a secret is typed without being shown, and Backspace of every terminal removes a character', async () => {
	const submitted = vi.fn();
	const changed = vi.fn();
	const {stdin, lastFrame} = show(
		<TextField label="Passphrase" isSecret width={40} onChange={changed} onSubmit={submitted} />,
	);
	await vi.waitFor(() => {
		stdin.write('s');
		expect(changed).toHaveBeenCalled();
	});
	const first = String(changed.mock.lastCall?.[0]);
	stdin.write('x');
	await vi.waitFor(() => expect(changed).toHaveBeenLastCalledWith(`${first}x`));
	stdin.write('\u007F');
	await vi.waitFor(() => expect(changed).toHaveBeenLastCalledWith(first));
	expect(lastFrame()).not.toMatch(/\bs+\b/);
	stdin.write('\r');
	await vi.waitFor(() => expect(submitted).toHaveBeenCalledWith(first));
});
