import {App} from '../../source/ui/app.js';
import {createSession} from '../../source/ui/session.js';
import type {WizardOptions} from '../../source/ui/wizard.js';
import {type RenderOptions, renderInk, type Screenshot} from './ink.js';
import {fakeWizard} from './wizard.js';

export type WizardScreen = Screenshot & {
	/** Codes with which the wizard wanted to end; one at most. */
	readonly exitCodes: readonly number[];
};

/** The whole wizard on fakes, in a terminal in memory. */
export function openWizard(change: Partial<WizardOptions> = {}, size: RenderOptions = {}): WizardScreen {
	const exitCodes: number[] = [];
	// A turn later, as interactive.tsx does it: the last frame is drawn first.
	let unmount: () => void = () => undefined;
	const session = createSession({
		drainMs: 1000,
		close(code) {
			exitCodes.push(code);
			setImmediate(unmount);
		},
	});
	const screen = renderInk(<App options={fakeWizard(change)} session={session} />, size);
	unmount = screen.unmount;
	return {...screen, exitCodes};
}

/** Both sizes that every screen has to fit. */
export const sizes: readonly (readonly [name: string, size: RenderOptions])[] = [
	['80 by 24', {columns: 80, rows: 24}],
	['40 columns', {columns: 40, rows: 24}],
];

/** The tallest frame that was ever written, in rows: Ink wipes the scrollback when a frame is as tall as the terminal. */
export function tallestFrame({written}: Screenshot): number {
	return Math.max(0, ...written().map(frame => liveRows(frame.replace(/\n$/, '').split('\n'))));
}

/** Lines that stay above the live frame are written with it here; the rule under the header tells where it begins. */
function liveRows(lines: readonly string[]): number {
	const rule = lines.findIndex(line => /^ ─+$/.test(line));
	return rule > 0 ? lines.length - rule + 1 : lines.length;
}
