import {createContext, useContext} from 'react';
import type {KeyHint} from './key-hint.js';
import type {Symbols} from './symbols.js';

/** What every screen and component may ask of the frame around it. */
export type UiContextValue = {
	readonly symbols: Symbols;
	readonly columns: number;
	readonly rows: number;
	/** Names from the outside in: Lifeboat, the project, the flow. */
	readonly crumbs: readonly string[];
	/** False while something lies over the screen (help, leaving): keys are not for the screen then. */
	readonly isActive: boolean;
	readonly isHelpOpen: boolean;
	/** The wizard is over: what is drawn now stays in the terminal. */
	readonly isClosed: boolean;
	readonly now: () => number;
	/** Tells the frame that the keys are being typed into a field, so that `q` and `?` are text; returns the end of it. */
	readonly captureText: () => () => void;
	/** What Escape means now: the newest handler wins; returns the end of it. */
	readonly captureEscape: (handler: () => void) => () => void;
	readonly setKeys: (keys: readonly KeyHint[]) => void;
	readonly goBack: () => void;
	/** Adds a line that stays in the terminal above the wizard. */
	readonly record: (line: string) => void;
	/** The code with which Lifeboat ends if it is left from here. */
	readonly setExitCode: (code: number) => void;
};

export const UiContext = createContext<UiContextValue | undefined>(undefined);

export function useUi(): UiContextValue {
	const value = useContext(UiContext);
	if (!value) throw new Error('useUi is used outside of the wizard');
	return value;
}
